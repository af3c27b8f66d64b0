"""What every switch of `Fidelity` changes, and the section of DEVIATIONS.md that says so.

`python -m stablebert.paper.deviations` (`make deviations`) writes the section anew.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from stablebert.tables import markdown

_HEAD = ("switch", "paper", "released", "corrected")
_SECTION = re.compile(r"(<!-- switches:begin -->\n).*(<!-- switches:end -->)", re.DOTALL)


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
