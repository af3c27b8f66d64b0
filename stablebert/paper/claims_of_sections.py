"""The claims of Sections 4 to 7 that runs can answer, each with the lines of `claims.csv` that it stands for."""

from stablebert.paper.claims import Arm, Claim, Contrast

_BERTADAM, _DEBIASED, _REINIT = Arm("bertadam"), Arm("debiased"), Arm("reinit")
_LONG_BERTADAM, _LONG, _LONG_REINIT = Arm("bertadam", "long"), Arm("debiased", "long"), Arm("reinit", "long")
SMALL = ("rte", "mrpc", "stsb", "cola")


def less(one: Arm, other: Arm) -> Contrast:
    """Return the contrast of one arm less another."""
    return ((1, one), (-1, other))


def _narrowing(gap: Contrast, later: Contrast) -> Contrast:
    return (*gap, *((-weight, arm) for weight, arm in later))


ADAM, _LONG_ADAM = less(_DEBIASED, _BERTADAM), less(_LONG, _LONG_BERTADAM)
_REDRAWN, _LONG_REDRAWN = less(_REINIT, _DEBIASED), less(_LONG_REINIT, _LONG)
_LONGER, _CLOSING = less(_LONG, _DEBIASED), _narrowing(_REDRAWN, _LONG_REDRAWN)

_SECTION_4 = (
    Claim("debiased-mean", "4", "Figure 2", ("c030", "c040"), "bias correction raises the mean", "mean", ADAM, "more"),
    Claim("debiased-spread", "4", "Figure 2", ("c037",), "bias correction lowers the spread", "spread", ADAM, "less"),
    Claim(
        "debiased-failures",
        "4",
        "Figure 2",
        ("c003", "c040", "c085"),
        "with bias correction fewer runs fail",
        "failures",
        ADAM,
        "less",
    ),
    Claim(
        "underfitting",
        "4",
        "Figure 3",
        ("c041",),
        "bias correction lowers the training loss",
        "training loss",
        ADAM,
        "less",
    ),
    Claim(
        "near-random",
        "4",
        "Figure 2",
        ("c038",),
        "without bias correction as many runs of RTE as printed score below 55, but for a quarter of all",
        "below 55, less 48 %",
        ((1, Arm("bertadam", encoder="bert-large")),),
        "same",
        ("rte",),
    ),
    Claim(
        "restarts",
        "4",
        "Figure 4",
        ("c004", "c048"),
        "bias correction makes restarts gain less",
        "gain of ten",
        ADAM,
        "less",
    ),
    Claim(
        "five-are-enough",
        "4",
        "Figure 4",
        ("c047",),
        "with bias correction the best of ten runs gains little over that of five",
        "gain beyond five",
        ((1, _DEBIASED),),
        "not more",
    ),
    Claim(
        "too-many-trials",
        "4",
        "Figure 4",
        ("c049",),
        "choosing among more runs gains more on the validation set than on the test set",
        "gain of validation over test",
        ((1, _BERTADAM),),
        "more",
    ),
)
_SECTION_5 = (
    Claim("reinit-mean", "5", "Table 1", ("c055",), "re-initialisation raises the mean", "mean", _REDRAWN, "more"),
    Claim(
        "reinit-spread", "5", "Table 1", ("c055",), "re-initialisation lowers the spread", "spread", _REDRAWN, "less"
    ),
    Claim(
        "reinit-worst-gains",
        "5",
        "Figure 5",
        ("c056",),
        "re-initialisation raises the worst of five runs by more than the best",
        "worst less best",
        _REDRAWN,
        "more",
    ),
    Claim(
        "pooler-alone",
        "5",
        "Figure 5",
        ("c057",),
        "re-initialising the pooler alone raises the mean",
        "mean",
        less(Arm("reinit.blocks0"), _DEBIASED),
        "more",
    ),
    Claim(
        "reinit-course",
        "5",
        "Figure 13",
        ("c058",),
        "re-initialisation is ahead on the validation set over the course of training",
        "course",
        _REDRAWN,
        "more",
    ),
    Claim(
        "reinit-cost",
        "5",
        "Figure 13",
        ("c006",),
        "re-initialisation is at its best sooner",
        "updates",
        _REDRAWN,
        "less",
    ),
    Claim(
        "reinit-top-distance",
        "5",
        "Figure 6",
        ("c059",),
        "re-initialisation lowers the distance to the initial values in the top quarter of the blocks",
        "top distance",
        _REDRAWN,
        "less",
    ),
    *(
        Claim(
            f"reinit-{blocks}-bottom-distance",
            "5",
            "Figure 6",
            ("c060",),
            f"re-initialising {words} lowers the distance in the bottom quarter of the blocks, too",
            "bottom distance",
            less(Arm(method), _DEBIASED),
            "less",
        )
        for blocks, words, method in ((1, "the top block", "reinit.blocks1"), (3, "three blocks", "reinit.blocks3"))
    ),
    Claim(
        "reinit-too-many",
        "5",
        "Figure 6",
        ("c061",),
        "re-initialising ten blocks of BERT-large raises the distance in the bottom quarter of the blocks",
        "bottom distance",
        less(Arm("reinit.blocks10", encoder="bert-large"), Arm("debiased", encoder="bert-large")),
        "more",
    ),
)
_SECTION_6 = (
    Claim("longer-mean", "6", "Table 1", ("c069",), "longer training raises the mean", "mean", _LONGER, "more"),
    Claim("longer-spread", "6", "Table 1", ("c069",), "longer training lowers the spread", "spread", _LONGER, "less"),
    Claim(
        "longer-gap",
        "6",
        "Table 1",
        ("c070",),
        "longer training closes the gap to re-initialisation",
        "mean",
        _CLOSING,
        "more",
    ),
    Claim(
        "longer-optimizer-gap",
        "6",
        "Figure 8",
        ("c005",),
        "longer training closes the gap of the optimizer without bias correction",
        "mean",
        _narrowing(ADAM, _LONG_ADAM),
        "more",
    ),
    Claim(
        "longer-reinit",
        "6",
        "Table 1",
        ("c071",),
        "with longer training re-initialisation still raises the mean on MRPC and MNLI",
        "mean",
        _LONG_REDRAWN,
        "more",
        ("mrpc", "mnli-1k"),
        each=True,
    ),
    Claim(
        "longer-reinit-steps",
        "6",
        "Figure 8",
        ("c072",),
        "with longer training re-initialisation has its best checkpoint after fewer updates",
        "updates",
        _LONG_REDRAWN,
        "less",
    ),
    Claim(
        "longer-reinit-mnli",
        "appendix G",
        "Figure 14",
        ("c105",),
        "on MNLI re-initialisation still wins with longer training",
        "mean",
        _LONG_REDRAWN,
        "more",
        ("mnli-1k",),
    ),
)
# The intermediate task is none of the regularisers: it uses further labels, and the paper says that it keeps its edge.
_SECTION_7 = (
    *(
        Claim(
            f"{method}-edge",
            "7",
            "Table 2",
            ("c002", "c073", "c082", *sources),
            f"{words} adds little to debiased Adam",
            "mean",
            less(Arm(method), _DEBIASED),
            "not more",
        )
        for method, words, sources in (
            ("llrd", "layer-wise rate decay", ("c083",)),
            ("mixout", "mixout", ("c083",)),
            ("wdecay", "weight decay", ("c084",)),
            ("prior", "decay to the pretrained weights", ("c084",)),
        )
    ),
    Claim(
        "intermediate-task",
        "7",
        "Table 2",
        ("c080",),
        "the intermediate task raises the mean on each of the four small tasks",
        "mean",
        less(Arm("transfer"), _DEBIASED),
        "more",
        SMALL,
        each=True,
    ),
)
CLAIMS_OF_SECTIONS = (*_SECTION_4, *_SECTION_5, *_SECTION_6, *_SECTION_7)
