"""The rule as data, hashed into every verdict."""

from dataclasses import asdict, dataclass

from stablebert.runs import digest_of
from stablebert.stats import LOOKS, nominal_level


@dataclass(frozen=True)
class Policy:
    """What a gate promises, fixed before any run is made.

    Attributes:
        alpha: Error of a PASS at the margin, one-sided, over all looks.
        location_alarm: Error of a FAIL by location when nothing is wrong, a session over all looks and cells.
        failure_alarm: As `location_alarm`, for failed runs.
        looks: Seeds at each look; a verdict is the first that decides.
        cells: Cells of the grid that share `location_alarm` and `failure_alarm`, >= 1.
        pairing: `welch`, or `paired` where the same seeds with the same random streams stand on both sides.
        failure_room: How far the upper bound of a failure rate may lie above the baseline's rate for a PASS.
        least_runs: Non-failed runs a side without which location is undecided.

    Raises:
        ValueError: a value is outside its range.
    """

    alpha: float = 0.05
    location_alarm: float = 0.005
    failure_alarm: float = 0.003
    looks: tuple[int, ...] = LOOKS
    cells: int = 1
    pairing: str = "welch"
    failure_room: float = 0.5
    least_runs: int = 3

    def __post_init__(self) -> None:
        if self.cells < 1:
            raise ValueError(f"policy: cells is {self.cells}; it must be >= 1")
        if self.pairing not in ("welch", "paired"):
            raise ValueError(f"policy: pairing is {self.pairing!r}; it must be welch or paired")
        for name in ("alpha", "location_alarm", "failure_alarm"):
            nominal_level(getattr(self, name), self.looks)

    @property
    def digest(self) -> str:
        """Twelve hex digits of the whole policy."""
        return digest_of(asdict(self))[:12]

    @property
    def pass_level(self) -> float:
        """One-sided level of non-inferiority at each look."""
        return nominal_level(self.alpha, self.looks)

    @property
    def location_level(self) -> float:
        """One-sided level of inferiority of one cell at each look."""
        return nominal_level(self.location_alarm / self.cells, self.looks)

    @property
    def failure_level(self) -> float:
        """One-sided level of more failed runs of one cell at each look."""
        return nominal_level(self.failure_alarm / self.cells, self.looks)
