"""One look: exactly these runs of a candidate, and the baseline's."""

from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean, stdev

from stablebert.gate.evidence import Rows, scores_of, share_streams
from stablebert.gate.lost_runs import collapsed_among, line_of, sound_of, with_collapsed
from stablebert.gate.policy import Policy
from stablebert.runs import RunRow, Summary, summary_of
from stablebert.stats import correlation

Scores = dict[str, float]


@dataclass(frozen=True)
class Look:
    """What the parts of the rule look at. A run is lost if it has failed or collapsed, else sound.

    Attributes:
        ours: Candidate rows of the look, in seed order.
        theirs: The baseline's rows.
        margin: Largest loss that does not matter, in points, or None.
        policy: The rule.
        alone: Whether the cell is the whole session.
        grows: Whether the baseline grows with the candidate, as pairs do, so that looks share nothing but their runs.
    """

    ours: Rows
    theirs: Rows
    margin: float | None
    policy: Policy
    alone: bool = True
    grows: bool = False

    @cached_property
    def line(self) -> float:
        """The score below which a run of either side has collapsed, in points."""
        return line_of(self.theirs, self.policy.least_far)

    @cached_property
    def our_runs(self) -> tuple[RunRow, ...]:
        """The candidate's rows, collapsed ones marked as failed."""
        return with_collapsed(self.ours, self.line)

    @cached_property
    def their_runs(self) -> tuple[RunRow, ...]:
        """As `our_runs`, of the baseline."""
        return with_collapsed(self.theirs, self.line)

    @cached_property
    def summary(self) -> Summary:
        """The candidate's runs in numbers, collapsed ones among the failed."""
        return summary_of(self.our_runs)

    @cached_property
    def baseline(self) -> Summary:
        """As `summary`, of the baseline; its mean and deviation are those of `baseline_scores`."""
        sound = list(self.baseline_scores.values())
        mean, sd = fmean(sound) if sound else None, stdev(sound) if len(sound) > 1 else None
        return replace(summary_of(self.their_runs), mean=mean, sd=sd)

    @property
    def collapsed(self) -> tuple[int, int]:
        """Collapsed runs of the candidate and of the baseline."""
        return collapsed_among(self.our_runs), collapsed_among(self.their_runs)

    @cached_property
    def scores(self) -> Scores:
        """Test scores of the candidate's sound runs, by seed, in seed order."""
        return scores_of(self.our_runs)

    @cached_property
    def baseline_scores(self) -> Scores:
        """As `scores`, of the baseline, without a few that lie far above the others: they would blind every test."""
        return sound_of(self.theirs, self.policy.least_far)

    @cached_property
    def counted(self) -> Scores:
        """Test scores of the candidate's runs that have not failed, a collapsed one at the line.

        Left out altogether, a worse tail would buy a better mean.
        """
        return {seed: max(score, self.line) for seed, score in scores_of(self.ours).items()}

    @property
    def room(self) -> float:
        """How far the rate of lost runs may lie above the baseline's."""
        return self.policy.session_failure_room if self.alone else self.policy.failure_room

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Lost runs and runs of the candidate, lost runs and runs of the baseline."""
        return self.summary.failed, self.summary.runs, self.baseline.failed, self.baseline.runs

    @property
    def has_enough(self) -> bool:
        """Whether enough runs of both sides are sound."""
        return min(len(self.scores), len(self.baseline_scores)) >= self.policy.least_runs

    @cached_property
    def pairs(self) -> int:
        """Seeds of which both sides' runs are sound; 0 unless all common seeds drew the same random numbers."""
        shared = len(self.scores.keys() & self.baseline_scores.keys())
        return shared if shared and share_streams(self.ours, self.theirs) else 0

    @cached_property
    def correlation(self) -> float | None:
        """Pearson's correlation on the pairs, None where there are none or nothing varies."""
        return correlation(self.scores, self.baseline_scores) if self.pairs else None

    def level(self, alpha: float) -> float:
        """Return the level of this look that keeps alpha over all looks, against this baseline."""
        return self.policy.level(alpha, None if self.grows else len(self.baseline_scores))
