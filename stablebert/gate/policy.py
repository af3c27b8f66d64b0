"""The rule as data, hashed into every verdict."""

from dataclasses import asdict, dataclass

from stablebert.runs import digest_of
from stablebert.stats.collapse import LEAST_DISTANCE
from stablebert.stats.looks import LOOKS, check_looks, nominal_level

PAIRINGS = ("auto", "welch", "moderated", "paired", "anchored")
ENDPOINTS = ("log_loss", "training_loss", "none")
SHOWN = ("pass", "fail")
# fewer runs have no variance worth the name
_FIRST = 3
# below it the quantiles of t lose their digits, and no number of runs shows anything
_LEAST_ERROR = 1e-6


@dataclass(frozen=True)
class Policy:
    """What a gate promises, fixed before any run is made. Errors are one-sided and hold over all looks.

    Attributes:
        alpha: Error of a PASS at the margin.
        location_alarm: Error of a FAIL by location where no cell loses more than `alarm_margin`, of a whole session:
            its cells and, where there are several, their pooled mean share it.
        failure_alarm: Error of a FAIL by lost runs when nothing is wrong, of a whole session: half for the pooled test,
            half shared by the cells.
        spread_alarm: As `failure_alarm`, for spread.
        endpoint_alpha: Error of withholding a PASS by the second endpoint when nothing is wrong, of one cell.
        endpoint_alarm: Error of a FAIL by it, of a whole session: its cells share it.
        endpoint_far: How many standard deviations of the baseline's the endpoint must have moved for a FAIL, > 0.
        shown_alpha: Error of saying that a loss is shown beside a PASS when nothing is lost, of one cell.
        shown: What a PASS with a shown loss is: `pass`, and says so, or `fail`.
        looks: Seeds at each look; a verdict is the first that decides. One look is a fixed number of seeds.
        anytime: Whether to look after every run from the first look to the last.
        futility: p-values of non-inferiority at the first looks beyond which a cell stops undecided; each in (0, 1).
        cells: Cells of the grid that share the alarms, >= 1.
        pairing: `auto` (moderated, anchored where that is safe), or one of `welch moderated paired anchored` where
            possible.
        endpoint: The second endpoint, lower is better: `log_loss` (held out), `training_loss` (the area under its
            curve), or `none`. Only within one method and encoder.
        failure_room: How far the upper bound of the rate of lost runs may lie above the baseline's rate for a PASS of
            one cell among several, in (0, 1].
        session_failure_room: As `failure_room`, for a session, of one cell or of many.
        wide_margin: How many margins the mean of all runs may lose, lost ones included, >= 1.
        alarm_margin: How many margins a candidate must lose beyond doubt for a FAIL by location, in [0, 1).
        pooled_margin: Largest mean loss over the cells that does not matter, in margins, > 0.
        least_runs: Sound runs a side without which location is undecided, >= 3.
        least_far: Distance from the baseline's median within which no run has collapsed, >= 0: a point, or 0 where
            scores have a unit of their own.

    Raises:
        ValueError: a value is outside its range.
    """

    alpha: float = 0.05
    location_alarm: float = 0.005
    failure_alarm: float = 0.007
    spread_alarm: float = 0.002
    endpoint_alpha: float = 0.01
    endpoint_alarm: float = 0.001
    endpoint_far: float = 3.0
    shown_alpha: float = 0.01
    shown: str = "pass"
    looks: tuple[int, ...] = LOOKS
    anytime: bool = False
    futility: tuple[float, ...] = ()
    cells: int = 1
    pairing: str = "auto"
    endpoint: str = "log_loss"
    failure_room: float = 0.4
    session_failure_room: float = 0.25
    wide_margin: float = 3.0
    alarm_margin: float = 0.5
    pooled_margin: float = 1.0
    least_runs: int = 3
    least_far: float = LEAST_DISTANCE

    def __post_init__(self) -> None:
        for name in ("endpoint_alpha", "shown_alpha"):
            _check(_LEAST_ERROR <= getattr(self, name) < 1, name, getattr(self, name), f"in [{_LEAST_ERROR:g}, 1)")
        # from a half on a candidate could pass whose estimate lies beyond the margin
        _check(_LEAST_ERROR <= self.alpha < 0.5, "alpha", self.alpha, f"in [{_LEAST_ERROR:g}, 0.5)")
        for name in ("location_alarm", "failure_alarm", "spread_alarm", "endpoint_alarm"):
            _check(0 < getattr(self, name) < 1, name, getattr(self, name), "in (0, 1)")
        _check(0 < self.endpoint_far < float("inf"), "endpoint_far", self.endpoint_far, "> 0")
        _check(self.shown in SHOWN, "shown", self.shown, f"one of {', '.join(SHOWN)}")
        check_looks(self.alpha, self.looks)
        _check(self.looks[0] >= _FIRST, "looks", self.looks, f"at least {_FIRST} seeds each")
        _check(all(0 < p < 1 for p in self.futility), "futility", self.futility, "p-values in (0, 1)")
        _check(len(self.futility) < len(self.looks), "futility", self.futility, "fewer than the looks")
        _check(self.cells >= 1, "cells", self.cells, ">= 1")
        _check(self.pairing in PAIRINGS, "pairing", self.pairing, f"one of {', '.join(PAIRINGS)}")
        _check(self.endpoint in ENDPOINTS, "endpoint", self.endpoint, f"one of {', '.join(ENDPOINTS)}")
        for name in ("failure_room", "session_failure_room"):
            _check(0 < getattr(self, name) <= 1, name, getattr(self, name), "in (0, 1]")
        _check(1 <= self.wide_margin < float("inf"), "wide_margin", self.wide_margin, ">= 1")
        _check(0 <= self.alarm_margin < 1, "alarm_margin", self.alarm_margin, "in [0, 1)")
        _check(0 < self.pooled_margin < float("inf"), "pooled_margin", self.pooled_margin, "> 0")
        _check(0 <= self.least_far < float("inf"), "least_far", self.least_far, ">= 0")
        _check(self.least_runs >= _FIRST, "least_runs", self.least_runs, f">= {_FIRST}")

    @property
    def digest(self) -> str:
        """Twelve hex digits of the whole policy."""
        return digest_of(asdict(self))[:12]

    @property
    def moments(self) -> tuple[int, ...]:
        """The numbers of seeds at which one looks: the looks, or every one from the first of them to the last."""
        return tuple(range(self.looks[0], self.looks[-1] + 1)) if self.anytime else self.looks

    def level(self, alpha: float, baseline_runs: int | None) -> float:
        """Return the level of each look that keeps alpha over all of them.

        Args:
            alpha: In (0, 1).
            baseline_runs: Non-failed runs that all looks share; None or 0 stand for none.
        """
        return nominal_level(alpha, self.moments, baseline_runs or None)

    @property
    def location_share(self) -> float:
        """What one cell, or the mean of several, has of `location_alarm`."""
        tests = self.cells + 1 if self.cells > 1 else 1
        return self.location_alarm / tests

    @property
    def failure_share(self) -> float:
        """What one cell has of `failure_alarm`."""
        return self.failure_alarm / 2 / self.cells

    @property
    def spread_share(self) -> float:
        """What one cell has of `spread_alarm`."""
        return self.spread_alarm / 2 / self.cells

    @property
    def endpoint_share(self) -> float:
        """What one cell has of `endpoint_alarm`."""
        return self.endpoint_alarm / self.cells


def _check(holds: bool, name: str, value: object, range_text: str) -> None:
    if not holds:
        raise ValueError(f"policy: {name} is {value!r}; it must be {range_text}")
