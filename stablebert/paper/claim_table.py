"""Every claim of the paper that runs can answer: those of Sections 4 to 7, and those of the appendices."""

from stablebert.paper.claims import Arm, Claim
from stablebert.paper.claims_of_sections import ADAM, CLAIMS_OF_SECTIONS, SMALL, less

_OTHERS = ("xlnet-large", "roberta-large", "electra-large", "bart-large")
_FIVE = Arm("reinit.blocks5", grid=True)
_HELD = (("initialisation", "initialisation"), ("order", "data order"))
_APPENDICES = (
    *(
        Claim(
            f"one-{name}-{what}",
            "appendix B",
            "Figure 9",
            ("c092",),
            f"with one {held} held, re-initialising five blocks {does} the {what}",
            f"{what} at one {held}",
            less(_FIVE, Arm("debiased", grid=True)),
            shows,
        )
        for name, held in _HELD
        for what, does, shows in (("mean", "raises", "more"), ("spread", "lowers", "less"))
    ),
    Claim(
        "sources-alike",
        "appendix B",
        "Figure 9",
        ("c093",),
        "the spread is the same with one initialisation held as with one data order",
        "spread at one initialisation, less data order",
        ((1, Arm("debiased", grid=True)),),
        "same",
    ),
    *(
        Claim(
            f"precision-{precision}",
            "appendix C",
            "Table 4",
            ("c096",),
            f"training in {precision} scores as 32-bit training does",
            "mean",
            less(Arm("debiased", precision=precision), Arm("debiased", precision="fp32")),
            "same",
        )
        for precision in ("fp16", "bf16")
    ),
    Claim(
        "full-mnli",
        "appendix D",
        "Table 5",
        ("c042", "c098"),
        "on the whole of MNLI bias correction neither helps nor hurts",
        "mean",
        ADAM,
        "same",
        ("mnli",),
    ),
    Claim(
        "debiased-course",
        "appendix E",
        "Figure 11",
        ("c099",),
        "bias correction is ahead on the validation set over the course of training",
        "course",
        ADAM,
        "more",
    ),
    *(
        Claim(
            f"{encoder.partition('-')[0]}-reinit-spread",
            "appendix F",
            "Table 7",
            ("c102", *(("c103",) if encoder in _OTHERS[:2] else ())),
            f"re-initialisation lowers the spread of {encoder}",
            "spread",
            less(Arm("reinit", "own", encoder=encoder), Arm("debiased", "own", encoder=encoder)),
            "less",
            SMALL,
        )
        for encoder in _OTHERS
    ),
    *(
        Claim(
            f"{encoder.partition('-')[0]}-reinit-mean",
            "appendix F",
            "Table 7",
            ("c103",),
            f"re-initialisation raises the mean of {encoder}",
            "mean",
            less(Arm("reinit", "own", encoder=encoder), Arm("debiased", "own", encoder=encoder)),
            "more",
            SMALL,
        )
        for encoder in _OTHERS[:2]
    ),
)
CLAIMS = (*CLAIMS_OF_SECTIONS, *_APPENDICES)
