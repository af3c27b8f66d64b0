"""The paper's claims about directions, as data: which arms, which effect, which way."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Arm:
    """The runs of one method and length, on any task.

    Attributes:
        method: Method text.
        length: Length id.
        precision: Precision class, or the empty string for that of the comparison.
    """

    method: str
    length: str = "3ep"
    precision: str = ""

    def __str__(self) -> str:
        """Return the arm as a part of a cell id."""
        return "_".join(part for part in (self.method, self.length, self.precision) if part)


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes:
        name: Its name here.
        place: Table or figure that it is read off; claims of one place are judged together.
        sources: Lines of `baselines/paper/claims.csv` that it stands for.
        says: In words.
        effect: `mean` (of the test scores), `spread` (mean deviation from the median) or `failures` (share of runs).
        contrast: Weights and arms; the effect is their weighted sum.
        shows: How the weighted sum lies: `more` or `less` than 0, `not more` than a margin, or the `same` as 0 but for
            a margin.
    """

    name: str
    place: str
    sources: tuple[str, ...]
    says: str
    effect: str
    contrast: tuple[tuple[int, Arm], ...]
    shows: str

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The arms whose runs it needs."""
        return tuple(arm for _, arm in self.contrast)


def _less(one: Arm, other: Arm) -> tuple[tuple[int, Arm], ...]:
    return ((1, one), (-1, other))


_BERTADAM, _DEBIASED, _REINIT = Arm("bertadam"), Arm("debiased"), Arm("reinit")
_LONG, _LONG_REINIT = Arm("debiased", "long"), Arm("reinit", "long")

# The intermediate task is none of the regularisers: it uses further labels, and the paper says that it keeps its edge.
_REGULARISERS = tuple(
    Claim(
        f"{method}-edge",
        "Table 2",
        ("c002", "c073", "c082", *sources),
        f"{words} adds little to debiased Adam",
        "mean",
        _less(Arm(method), _DEBIASED),
        "not more",
    )
    for method, words, sources in (
        ("llrd", "layer-wise rate decay", ("c083",)),
        ("mixout", "mixout", ("c083",)),
        ("wdecay", "weight decay", ("c084",)),
        ("prior", "decay to the pretrained weights", ("c084",)),
    )
)
CLAIMS = (
    Claim(
        "debiased-mean",
        "Figure 2",
        ("c030", "c040"),
        "bias correction raises the mean",
        "mean",
        _less(_DEBIASED, _BERTADAM),
        "more",
    ),
    Claim(
        "debiased-spread",
        "Figure 2",
        ("c037",),
        "bias correction lowers the spread",
        "spread",
        _less(_DEBIASED, _BERTADAM),
        "less",
    ),
    Claim(
        "debiased-failures",
        "Figure 2",
        ("c003", "c040", "c085"),
        "with bias correction fewer runs fail",
        "failures",
        _less(_DEBIASED, _BERTADAM),
        "less",
    ),
    Claim(
        "reinit-mean",
        "Table 1",
        ("c055",),
        "re-initialisation raises the mean",
        "mean",
        _less(_REINIT, _DEBIASED),
        "more",
    ),
    Claim(
        "reinit-spread",
        "Table 1",
        ("c055",),
        "re-initialisation lowers the spread",
        "spread",
        _less(_REINIT, _DEBIASED),
        "less",
    ),
    Claim(
        "longer-gap",
        "Table 1",
        ("c070",),
        "longer training closes the gap to re-initialisation",
        "mean",
        (*_less(_REINIT, _DEBIASED), *_less(_LONG, _LONG_REINIT)),
        "more",
    ),
    *_REGULARISERS,
    Claim(
        "precision",
        "Table 4",
        ("c096",),
        "16-bit training scores as 32-bit training does",
        "mean",
        _less(Arm("debiased", precision="bf16"), Arm("debiased", precision="fp32")),
        "same",
    ),
)
