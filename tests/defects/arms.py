"""The changes that are trained for real, each a defect of the catalogue under a name of its own, and the control."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CONTROL = "none"


@dataclass(frozen=True)
class Arm:
    """One planted change.

    Attributes:
        defect: Its number in the catalogue of planted defects; empty for the control.
        what: What is wrong, as `docs/sensitivity.md` says it.
    """

    defect: str
    what: str


# by the name of their store and of their folder of rows
ARMS: Mapping[str, Arm] = MappingProxyType(
    {
        CONTROL: Arm("", "nothing: the control"),
        "bertadam": Arm("O01", "the optimizer lacks its bias correction (Section 4 of the paper)"),
        "no-decay": Arm("S02b", "the rate stays at its peak after the warm-up"),
        "no-clipping": Arm("S06", "the gradient's norm is not limited"),
        "dropout-in-evaluation": Arm(
            "R17", "dropout stays on for validation and test; the training itself is untouched"
        ),
        "repeated-order": Arm("R23", "every epoch has the order of the first"),
        "half-rate": Arm("S15", "the rate is half of what the recipe says, at every update"),
        "double-rate": Arm("S15b", "the rate is twice what the recipe says"),
        "no-warm-up": Arm("S03", "the first update has the peak rate"),
        "decay-everywhere": Arm(
            "R26", "torch's default weight decay (0.01) on every parameter, where the recipe has none"
        ),
        "block-without-gradient": Arm("R27", "the gradient of one block in the middle of the encoder is lost"),
        "shuffled-labels": Arm("R28", "2 % of the labels stand beside another text of their batch"),
        "half-batch": Arm("R29", "half the batch, and so twice the updates in as many epochs"),
        "larger-epsilon": Arm("O07", "Adam's epsilon is 1e-6 in place of 1e-8"),
        "last-checkpoint": Arm("R30", "the last checkpoint is tested, not the one that was best on validation"),
        "dropout-lost": Arm("R17b", "the first evaluation switches dropout off for the rest of the training"),
    }
)

# not trained yet on the present data: `docs/sensitivity.md` says so by name, and their rows take them off this list
AWAITED = (
    "half-rate",
    "double-rate",
    "no-warm-up",
    "decay-everywhere",
    "block-without-gradient",
    "shuffled-labels",
    "half-batch",
    "larger-epsilon",
    "last-checkpoint",
    "dropout-lost",
)


def judged_arms() -> tuple[str, ...]:
    """Return the arms whose rows are in git, in their order."""
    return tuple(arm for arm in ARMS if arm not in AWAITED)
