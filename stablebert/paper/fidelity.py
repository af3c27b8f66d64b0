"""The quirks of the authors' released code, one named switch each: off is `corrected`, on is `released`.

`python -m stablebert.paper.fidelity` (`make deviations`) writes what each changes into DEVIATIONS.md.
"""

import re
from dataclasses import dataclass, fields
from pathlib import Path

from stablebert.tables import markdown

_HEAD = ("switch", "paper", "released", "corrected")
_SECTION = re.compile(r"(<!-- switches:begin -->\n).*(<!-- switches:end -->)", re.DOTALL)


@dataclass(frozen=True)
class Fidelity:
    """Which quirks of the released code a run has; the default has none.

    Attributes:
        inert_weight_decay: `wdecay` does nothing: the wrapper of pretrained weight decay sets every group's decay to 0.
        pulled_head: `prior` pulls the head to its own random start, since the test that spares it never holds.
        decay_by_name: `prior` spares what has `bias` or `LayerNorm.weight` in its name, instead of pulling all.
        unscaled_mixout_gradient: `mixout` scales kept weights by 1 / (1 - p) forwards, and not backwards.
        mixout_by_neuron: `mixout` draws one mask an input feature and repeats it over the outputs.
        mixed_head: `mixout` mixes the head too, with its own random start as target.
        early_layerwise_decay: `llrd` decays the top block already; head and pooler have the base rate and no decay.
        plain_electra: an ELECTRA has one linear layer on its first token and is not told segments apart.
        selection_by_accuracy: the best checkpoint is the most accurate one, also where F1 is reported.
        late_last_update: a length in steps ends one update late.
        uneven_evaluations: evaluations follow every total // 10 updates and the end, so there may be 11.
    """

    inert_weight_decay: bool = False
    pulled_head: bool = False
    decay_by_name: bool = False
    unscaled_mixout_gradient: bool = False
    mixout_by_neuron: bool = False
    mixed_head: bool = False
    early_layerwise_decay: bool = False
    plain_electra: bool = False
    selection_by_accuracy: bool = False
    late_last_update: bool = False
    uneven_evaluations: bool = False


@dataclass(frozen=True)
class Quirk:
    """A quirk of the released code.

    Attributes:
        switch: Name of the switch of `Fidelity`.
        paper: What the paper says.
        released: What the released code does, and the switch turns on.
        corrected: What this project does otherwise.
    """

    switch: str
    paper: str
    released: str
    corrected: str


QUIRKS = (
    Quirk(
        "inert_weight_decay",
        "`wdecay` subtracts lambda w at each update",
        "nothing: every group's decay is set to 0",
        "decoupled, with the schedule's rate; matrices only, found by the type of their module",
    ),
    Quirk(
        "pulled_head",
        "`prior` subtracts lambda (w - w_pretrained); the new head is not mentioned",
        "the head is pulled to its own random start",
        "what has no pretrained value is never pulled",
    ),
    Quirk(
        "decay_by_name",
        "`prior` pulls the parameters",
        "not those with `bias` or `LayerNorm.weight` in their name",
        "every parameter of the encoder",
    ),
    Quirk(
        "unscaled_mixout_gradient",
        "`mixout`: not stated",
        "the gradient lacks the 1 / (1 - p) of the forward pass",
        "the gradient is that of the forward pass",
    ),
    Quirk(
        "mixout_by_neuron",
        "`mixout` replaces each parameter with probability p",
        "one draw an input feature, for all outputs",
        "one draw a weight",
    ),
    Quirk(
        "mixed_head",
        "`mixout`: modules not stated",
        "every linear layer, the head's too, towards its own random start",
        "every linear layer that has a pretrained value; the target is that value also after re-initialisation",
    ),
    Quirk(
        "early_layerwise_decay",
        "`llrd`: the top layer has the initial rate; embeddings, pooler and head not stated",
        "the top block is decayed already, the embeddings once more than the bottom block",
        "head, pooler and top block have the initial rate; the embeddings stand one block below the bottom",
    ),
    Quirk(
        "plain_electra",
        "a linear layer on the pooled first token; other models' heads and segments not stated",
        "ELECTRA: dropout and one linear layer on the first token; no segments",
        "ELECTRA as transformers has it: a dense layer with GELU before the linear one; segments",
    ),
    Quirk(
        "selection_by_accuracy",
        "early stopping, rule not stated",
        "the most accurate checkpoint, also where F1 is reported",
        "the best by the task's own metric, the first of equals",
    ),
    Quirk(
        "late_last_update",
        "a number of steps",
        "one update more, at rate 0",
        "the number stated",
    ),
    Quirk(
        "uneven_evaluations",
        "ten evaluations, spacing not stated",
        "after every total // 10 updates and at the end, so 10 or 11",
        "exactly 10, after k total // 10 updates",
    ),
)
CORRECTED = Fidelity()
RELEASED = Fidelity(**{field.name: True for field in fields(Fidelity)})
_BY_NAME = {"corrected": CORRECTED, "released": RELEASED}


def fidelity_of(name: str) -> Fidelity:
    """Return the switches of a run's fidelity.

    Args:
        name: `corrected` or `released`.

    Raises:
        ValueError: the name is neither.

    Example:
        >>> fidelity_of("released").pulled_head
        True
    """
    if name not in _BY_NAME:
        raise ValueError(f"fidelity is {name!r}; it must be one of {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


def switches_section() -> str:
    """Return the table of the switches as Markdown."""
    rows = [(f"`{quirk.switch}`", quirk.paper, quirk.released, quirk.corrected) for quirk in QUIRKS]
    return f"{markdown([_HEAD, *rows], left=range(len(_HEAD)))}\n"


def with_switches(document: str) -> str:
    """Return DEVIATIONS.md with its section of switches written anew.

    Args:
        document: Its text, with the section's marks.

    Raises:
        ValueError: the marks are missing.
    """
    if not _SECTION.search(document):
        raise ValueError("DEVIATIONS.md has no section between <!-- switches:begin --> and <!-- switches:end -->")
    return _SECTION.sub(lambda found: found[1] + switches_section() + found[2], document)


if __name__ == "__main__":
    path = Path("DEVIATIONS.md")
    path.write_text(with_switches(path.read_text(encoding="utf-8")), encoding="utf-8")
