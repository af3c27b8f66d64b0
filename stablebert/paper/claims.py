"""What a claim of the paper is, as data: which arms, which effect, which way; the claims are in `claim_table`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stablebert.paper.printed_tables import table_lines


@dataclass(frozen=True, order=True)
class Arm:
    """The runs of one method and length, on any task.

    Attributes:
        method: Method text. The bare name of one that is searched is at the value chosen for the task, and one that
            names a value is at that, also where it is the default: `reinit.blocks1`.
        length: Length id.
        precision: Precision class, or the empty string for that of the comparison.
        encoder: Encoder id, or the empty string for that of the comparison.
        grid: Whether its runs are those of a grid (Appendix B): initialisation and data order have seeds of their own.
    """

    method: str
    length: str = "3ep"
    precision: str = ""
    encoder: str = ""
    grid: bool = False

    def __str__(self) -> str:
        """Return the arm as a part of a cell id."""
        parts = (self.method, self.length, self.encoder, self.precision, "grid" if self.grid else "")
        return "_".join(part for part in parts if part)


Contrast = tuple[tuple[int, Arm], ...]


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes:
        name: Its name here.
        section: Section or appendix that states it: the bench module that judges it.
        place: Table or figure that it is read off; claims of one place are judged together.
        sources: Lines of `baselines/paper/claims.csv` that it stands for.
        says: In words.
        effect: What is compared, a key of `stablebert.analysis.effects.EFFECTS`.
        contrast: Weights and arms; the effect is their weighted sum.
        shows: How the weighted sum lies: `more` or `less` than 0, `not more` than a margin, or the `same` as 0 but for
            a margin.
        tasks: The only tasks that it is about; none: every task that has all arms.
        each: Whether it has to hold on each of the tasks, not on their mean.
    """

    name: str
    section: str
    place: str
    sources: tuple[str, ...]
    says: str
    effect: str
    contrast: Contrast
    shows: str
    tasks: tuple[str, ...] = ()
    each: bool = False

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The arms whose runs it needs."""
        return tuple(arm for _, arm in self.contrast)


@dataclass(frozen=True)
class ClaimLine:
    """A line of `baselines/paper/claims.csv`.

    Attributes:
        id: As `c037`.
        section: Section or appendix.
        page: Page, and place on it.
        text: What the paper claims.
    """

    id: str
    section: str
    page: str
    text: str

    def __str__(self) -> str:
        """Return the line as it is cited."""
        return f"{self.id} ({self.section}, {self.page}): {self.text}"


def cited_lines(folders: Sequence[Path]) -> dict[str, ClaimLine]:
    """Return what the paper claims, line by line.

    Args:
        folders: `baselines` folders; the first that has the lines is read.

    Raises:
        ValueError: no folder has them.
    """
    path = next((path for folder in folders if (path := folder / "paper" / "claims.csv").is_file()), None)
    if path is None:
        raise ValueError(f"the paper's claims are in none of {', '.join(map(str, folders))}")
    with table_lines(path) as lines:
        found = [ClaimLine(one["id"], one["section"], one["page_or_place"], one["claim"]) for one in lines]
    return {line.id: line for line in found}
