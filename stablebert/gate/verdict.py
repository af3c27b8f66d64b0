"""A verdict with the evidence for it, as plain data and in words."""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from stablebert.gate.part import Part, Says
from stablebert.runs import Summary
from stablebert.tables import number


class Status(StrEnum):
    """What a gate says: PASS and FAIL are claims, INCONCLUSIVE is none yet, INVALID is no judgement at all."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    INVALID = "INVALID"


@dataclass(frozen=True)
class RuledOut:
    """What a PASS rules out; None where it says nothing of the kind.

    Attributes:
        loss: Largest loss of the mean that is left, in the verdict's unit; below 0 a gain is shown.
        more_lost: Most that the rate of lost runs may lie above the baseline's, in [-1, 1].
        spread: Most times that the runs may scatter as much as the baseline's.
    """

    loss: float | None = None
    more_lost: float | None = None
    spread: float | None = None

    def words(self, margin: float | None = None, unit: str = "points", sd: float | None = None) -> str:
        """Return it in words, the margin beside the loss.

        Args:
            margin: Of the verdict.
            unit: Of the verdict.
            sd: Standard deviation of the baseline, in points: the margin is said in it, too.

        Example:
            >>> RuledOut(0.41, 0.19, 1.7).words(0.6, sd=0.4)
            'loses at most 0.41 (margin 0.60, 1.5 sd); at most 19 % more lost runs; spread at most 1.7 times'
        """
        parts = []
        if self.loss is not None:
            in_sd = f", {margin / sd:.1f} sd" if margin and sd and unit == "points" else ""
            beside = "" if margin is None else f" (margin {number(margin, margin=margin)}{in_sd})"
            size = f"{number(abs(self.loss), margin=margin)}{'' if unit == 'points' else f' {unit}'}{beside}"
            parts.append(f"loses at most {size}" if self.loss >= 0 else f"gains at least {size}")
        if self.more_lost is not None:
            parts.append(f"at most {100 * max(0.0, self.more_lost):.0f} % more lost runs")
        if self.spread is not None:
            parts.append(f"spread at most {self.spread:.1f} times")
        return "; ".join(parts)


@dataclass(frozen=True)
class Disagreement:
    """By how much two seeds differ on a test example, on the mean over the examples and the pairs of sound runs.

    It informs and decides nothing: runs of one mean may still differ more about single examples than before.

    Attributes:
        runs: Of the judged runs: the share of the examples that two runs put in different classes, in [0, 1]; of
            predicted scores their standard deviation between runs, in the unit of the labels.
        baseline: The same of all accepted runs.
        is_share: Whether it is of classes.
    """

    runs: float
    baseline: float
    is_share: bool = True

    def words(self) -> str:
        """Return it in words.

        Example:
            >>> Disagreement(0.061, 0.058).words()
            'seeds disagree on 6.1 % of the test examples (accepted runs: 5.8 %)'
        """
        if self.is_share:
            figures = f"{100 * self.runs:.1f} % of the test examples (accepted runs: {100 * self.baseline:.1f} %)"
            return f"seeds disagree on {figures}"
        return (
            f"seeds differ on a test example by a standard deviation of {self.runs:.3g} (accepted runs: "
            f"{self.baseline:.3g}) in the unit of the labels"
        )


@dataclass(frozen=True)
class Verdict:
    """The judgement of one cell; scores and differences in points, None where there is nothing to say.

    Attributes:
        cell: Cell id.
        status: What is said.
        reason: Why, in one line.
        runs: Candidate seeds used: those of the look that decided, or of the last.
        baseline_runs: Baseline seeds.
        failed: Lost candidate runs among `runs`: failed or collapsed.
        baseline_failed: Lost baseline runs.
        collapsed: Collapsed ones among `failed`.
        baseline_collapsed: Collapsed ones among `baseline_failed`.
        mean: Mean of the sound candidate runs.
        sd: Their standard deviation.
        baseline_mean: Mean of the sound baseline runs.
        baseline_sd: Their standard deviation.
        difference: Estimate of candidate minus baseline.
        lower_bound: Its lower confidence bound at this look's level.
        margin: Largest loss that does not matter.
        p_value: Of the hypothesis that the loss is at least the margin.
        p_inferior: Of the hypothesis that there is no loss.
        loss_shown: p-value of a lower mean where these runs show one, whatever the margin lets pass; else None.
        ruled_out: What a PASS rules out; None beside any other status.
        disagreement: Of the sound runs about single test examples, beside the baseline's; None where it is not known.
        detectable: Smallest margin that these seeds would show in 4 of 5 cases if nothing were lost.
        seeds_needed: Seeds that would show this margin in 4 of 5 cases if nothing were lost; where only lost runs are
            open, seeds that would show it if no further run were lost.
        unit: Of `difference`, `lower_bound` and `margin`: `points`, or `margins` for the pooled test.
        pairing: The estimate: `moderated`, `anchored`, `paired`, `welch`, `identical` or the empty string; `beginning`
            where first updates were compared, and no scores.
        correlation: Of both sides on the seeds that they share, where these drew the same random numbers.
        parts: What each part of the rule says, in the order in which one decides.
        decided_by: Name of the part that decided.
        futile: Whether an undecided cell stops here, by the policy's futility.
        policy: Digest of the policy, as headers of sessions print it.
        command: What makes and judges the same runs again, or the empty string: a rule knows of no command line.
        target: What judged it where that is no baseline, as `Table 1`, or the empty string.
        targets: Of a cell that several printed rows judge, the verdict on each; its own is the worst of theirs.
    """

    cell: str
    status: Status
    reason: str
    runs: int = 0
    baseline_runs: int = 0
    failed: int = 0
    baseline_failed: int = 0
    collapsed: int = 0
    baseline_collapsed: int = 0
    mean: float | None = None
    sd: float | None = None
    baseline_mean: float | None = None
    baseline_sd: float | None = None
    difference: float | None = None
    lower_bound: float | None = None
    margin: float | None = None
    p_value: float | None = None
    p_inferior: float | None = None
    loss_shown: float | None = None
    ruled_out: RuledOut | None = None
    disagreement: Disagreement | None = None
    detectable: float | None = None
    seeds_needed: int | None = None
    unit: str = "points"
    pairing: str = ""
    correlation: float | None = None
    parts: tuple[Part, ...] = ()
    decided_by: str = ""
    futile: bool = False
    policy: str = ""
    command: str = ""
    target: str = ""
    targets: tuple["Verdict", ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether more seeds may still decide it."""
        return self.status is Status.INCONCLUSIVE and not self.futile

    @property
    def word(self) -> str:
        """The status, and beside a PASS the loss that is shown all the same.

        Example:
            >>> Verdict("cell", Status.PASS, "", difference=-0.3, loss_shown=4e-05).word
            'PASS, loss shown: -0.30, p = 4e-05'
        """
        if self.status is not Status.PASS or self.loss_shown is None or self.difference is None:
            return str(self.status)
        return f"{self.status}, loss shown: {self.shown(self.difference, '+')}, p = {self.loss_shown:.1g}"

    def shown(self, value: float | None, sign: str = "") -> str:
        """Return a number of the verdict's unit as text, with as many decimals as its margin asks for."""
        return number(value, sign, self.margin)

    @property
    def name(self) -> str:
        """The cell id, with the printed row that judges it.

        Example:
            >>> Verdict("rte_debiased_3ep_bert-large_fp32", Status.PASS, "", target="Table 2").name
            'rte_debiased_3ep_bert-large_fp32, Table 2'
        """
        return f"{self.cell}, {self.target}" if self.target else self.cell

    @property
    def each(self) -> tuple["Verdict", ...]:
        """The verdicts that are shown of it, a line each: those on its targets, or itself."""
        return self.targets or (self,)

    def with_runs(self, ours: Summary, theirs: Summary) -> "Verdict":
        """Return the verdict with what the runs of both sides come to."""
        return replace(
            self,
            runs=ours.runs,
            failed=ours.failed,
            mean=ours.mean,
            sd=ours.sd,
            baseline_runs=theirs.runs,
            baseline_failed=theirs.failed,
            baseline_mean=theirs.mean,
            baseline_sd=theirs.sd,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; `from_dict` is its inverse."""
        parts = [{**asdict(part), "says": str(part.says)} for part in self.parts]
        targets = [target.to_dict() for target in self.targets]
        return {**asdict(self), "status": str(self.status), "parts": parts, "targets": targets}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "Verdict":
        """Rebuild a verdict from `to_dict` or its JSON."""
        parts = tuple(Part(**{**part, "says": Says(part["says"])}) for part in data.get("parts", ()))
        targets = tuple(map(Verdict.from_dict, data.get("targets", ())))
        inner = {"ruled_out": RuledOut, "disagreement": Disagreement}
        found = {name: kind(**data[name]) if data.get(name) else None for name, kind in inner.items()}
        return Verdict(**{**data, "status": Status(data["status"]), "parts": parts, "targets": targets, **found})

    def sentence(self) -> str:
        """Return the verdict with its evidence in one line."""
        parts = [f"{self.word}: {self.reason}"]
        if self.difference is not None and self.lower_bound is not None:
            together = "" if self.correlation is None else f", correlation {self.correlation:.2f}"
            difference, bound = (self.shown(one, "+") for one in (self.difference, self.lower_bound))
            margin = "none" if self.margin is None else self.shown(self.margin)
            parts.append(
                f"difference {difference} {self.unit}, lower bound {bound}, margin {margin} "
                f"({self.runs} against {self.baseline_runs} seeds, {self.pairing}{together})"
            )
        if self.runs and self.unit == "points":
            # of its failed runs the paper prints no number
            theirs = "" if self.pairing == "printed" else f" against {self.baseline_failed}/{self.baseline_runs}"
            parts.append(f"lost runs {self.failed}/{self.runs}{theirs}")
        if self.ruled_out is not None and (ruled_out := self.ruled_out.words(self.margin, self.unit, self.baseline_sd)):
            parts.append(ruled_out)
        if self.detectable is not None and self.status is not Status.PASS:
            parts.append(f"these seeds could rule out a loss of {self.shown(self.detectable)}")
        return "; ".join(parts)
