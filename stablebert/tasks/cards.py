"""What is known of every task of the package, as data."""

from dataclasses import dataclass, replace


class TaskError(ValueError):
    """A task is unknown, out of reach, or its data are not as they should be."""


@dataclass(frozen=True)
class TaskCard:
    """One task.

    Attributes:
        name: Task id.
        kind: `glue`, `embedded` or `own`.
        metric: `accuracy`, `f1`, `mcc` or `spearman` (Table 3); a task of one's own may have `package.module:function`.
        labels: Names in the order of the class indices; empty for regression.
        description: What is asked, where the texts come from, and how they are split.
        folder: Name in the classic GLUE layout; empty for other tasks.
        halved: GLUE: whether validation and test are the halves of the official dev set; else validation is 1,000
            examples of the training set and the official dev set is the test set (Appendix A).
        small: Whether the training set is down-sampled to 1,000 examples.
    """

    name: str
    kind: str
    metric: str
    labels: tuple[str, ...]
    description: str
    folder: str = ""
    halved: bool = True
    small: bool = False


_GLUE = (
    TaskCard("rte", "glue", "accuracy", ("entailment", "not_entailment"), "Does one text follow from another?", "RTE"),
    TaskCard("mrpc", "glue", "f1", ("not_equivalent", "equivalent"), "Do two sentences say the same?", "MRPC"),
    TaskCard("stsb", "glue", "spearman", (), "How similar are two sentences, 0 to 5?", "STS-B"),
    TaskCard("cola", "glue", "mcc", ("unacceptable", "acceptable"), "Is a sentence good English?", "CoLA"),
    TaskCard(
        "qnli",
        "glue",
        "accuracy",
        ("entailment", "not_entailment"),
        "Does a text answer a question?",
        "QNLI",
        halved=False,
    ),
    TaskCard(
        "qqp", "glue", "accuracy", ("not_duplicate", "duplicate"), "Do two questions ask the same?", "QQP", halved=False
    ),
    TaskCard(
        "sst2", "glue", "accuracy", ("negative", "positive"), "Is a phrase of a review kind?", "SST-2", halved=False
    ),
    TaskCard(
        "mnli",
        "glue",
        "accuracy",
        ("entailment", "neutral", "contradiction"),
        "Does one text follow from, contradict or neither another?",
        "MNLI",
        halved=False,
    ),
)
_EMBEDDED = (
    TaskCard(
        "trec",
        "embedded",
        "accuracy",
        ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"),
        "What kind of thing does a question ask for? TREC questions, 6 coarse classes; 1,000 / 500 / 2,000 examples.",
    ),
    TaskCard(
        "rotten",
        "embedded",
        "accuracy",
        ("negative", "positive"),
        "Is a sentence of a film review kind? Sign of the mean rating, 0 dropped; 1,000 / 500 / 2,000 examples.",
    ),
    TaskCard(
        "sms",
        "embedded",
        "mcc",
        ("ham", "spam"),
        "Is a text message spam? 1,000 / 500 / 2,000 examples.",
    ),
    TaskCard(
        "intensity",
        "embedded",
        "spearman",
        (),
        "How glad is a tweet, mean rating from -4 to 4? 1,000 / 500 / 2,000 examples, drawn plainly, not by stratum.",
    ),
)
TASKS = {
    card.name: card
    for card in (*_GLUE, *(replace(card, name=f"{card.name}-1k", small=True) for card in _GLUE), *_EMBEDDED)
}
