"""The evidence of the mini profile: studies of a few hours each, as selections of the paper's cells.

No study lists cells: each part is what `pytest bench -m MARKS -k WORDS` with its seeds and precision would select.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class StudyPart:
    """One selection.

    Attributes:
        name: What it is called.
        marks: Expression of marks, as `-m`.
        words: Expression over cell ids, as `-k`; empty for all.
        seeds: Runs a cell; of crossed seeds, of each.
        precision: Precision class, or the empty string for that of the project.
    """

    name: str
    marks: str
    words: str = ""
    seeds: int = 20
    precision: str = ""


_SWEEP = "counterpart(figure='8') or paper(figure='8')"
STUDIES: Mapping[str, tuple[StudyPart, ...]] = MappingProxyType(
    {
        "optimizer": (
            StudyPart(
                "Section 4",
                "counterpart(figure='2')",
                "trec or rotten or intensity or sms or mrpc-1k or stsb-1k",
            ),
        ),
        "layers": (StudyPart("Section 5", "counterpart(figure='5')", "not (blocks5 or blocks6)", seeds=10),),
        "sweep": (StudyPart("Section 6", _SWEEP, "(trec or mrpc-1k) and not (1600st or 3200st)", seeds=5),),
        "methods": (StudyPart("Section 7", "counterpart(table='2')", "(trec or mrpc-1k) and not transfer", seeds=10),),
        "transfer": (StudyPart("RTE after MNLI", "counterpart(table='2') or paper(table='2')", "rte and transfer"),),
        "sources": (StudyPart("Appendix B", "counterpart(figure='9')", seeds=5),),
        "precision": tuple(
            StudyPart(
                f"Appendix C, {one}", "counterpart(table='1')", "trec_debiased_3ep or intensity_debiased_3ep", 10, one
            )
            for one in ("fp32", "bf16", "fp16")
        ),
    }
)
# all of them, in the order in which they are worth it
EVIDENCE = "evidence"


def study_parts(name: str) -> tuple[StudyPart, ...]:
    """Return the parts of a study; `evidence` has those of all.

    Args:
        name: A key of `STUDIES`, or `evidence`.

    Raises:
        ValueError: there is no study of that name.

    Example:
        >>> [part.name for part in study_parts("sources")]
        ['Appendix B']
    """
    if name == EVIDENCE:
        return tuple(part for parts in STUDIES.values() for part in parts)
    if name not in STUDIES:
        raise ValueError(f"unknown study {name!r}; known: {', '.join([*STUDIES, EVIDENCE])}")
    return STUDIES[name]
