"""One look: exactly these runs of a candidate, and the baseline's."""

from dataclasses import dataclass
from functools import cached_property

from stablebert.gate.evidence import Rows, scores_of, share_streams
from stablebert.gate.policy import Policy
from stablebert.runs import Summary, summary_of
from stablebert.stats import correlation

Scores = dict[str, float]


@dataclass(frozen=True)
class Look:
    """What the parts of the rule look at.

    Attributes:
        ours: Candidate rows of the look, in seed order.
        theirs: The baseline's rows.
        margin: Largest loss that does not matter, in points, or None.
        policy: The rule.
    """

    ours: Rows
    theirs: Rows
    margin: float | None
    policy: Policy

    @cached_property
    def summary(self) -> Summary:
        """The candidate's runs in numbers."""
        return summary_of(self.ours)

    @cached_property
    def baseline(self) -> Summary:
        """The baseline's runs in numbers."""
        return summary_of(self.theirs)

    @cached_property
    def scores(self) -> Scores:
        """Test scores of the candidate's runs that have not failed, by seed, in seed order."""
        return scores_of(self.ours)

    @cached_property
    def baseline_scores(self) -> Scores:
        """As `scores`, of the baseline."""
        return scores_of(self.theirs)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Failed runs and runs of the candidate, failed runs and runs of the baseline."""
        return self.summary.failed, self.summary.runs, self.baseline.failed, self.baseline.runs

    @property
    def has_enough(self) -> bool:
        """Whether enough runs of both sides have not failed."""
        return min(len(self.scores), len(self.baseline_scores)) >= self.policy.least_runs

    @cached_property
    def pairs(self) -> int:
        """Seeds of which neither side's run has failed; 0 unless all common seeds drew the same random numbers."""
        shared = len(self.scores.keys() & self.baseline_scores.keys())
        return shared if shared and share_streams(self.ours, self.theirs) else 0

    @cached_property
    def correlation(self) -> float | None:
        """Pearson's correlation on the pairs, None where there are none or nothing varies."""
        return correlation(self.scores, self.baseline_scores) if self.pairs else None

    def level(self, alpha: float) -> float:
        """Return the level of this look that keeps alpha over all looks, against this baseline."""
        return self.policy.level(alpha, len(self.baseline_scores))

    def evidence_level(self, alpha: float) -> float:
        """Return the level of location and failed runs: alpha itself where their p-values hold at any time."""
        return alpha if self.policy.anytime else self.level(alpha)
