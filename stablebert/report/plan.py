"""Plans as a table and in sentences."""

from collections.abc import Sequence

from stablebert.analysis import CellPlan, all_pass
from stablebert.tables import Table, aligned, markdown, number

_MARGIN = "no margin: it is measured, not gated"


def plan_table(plans: Sequence[CellPlan]) -> Table:
    """Return one row a cell, the head first; deviations and losses in points, probabilities in percent.

    `sd` is the estimate with its upper 80 % limit, by which everything to the right of it is planned; the last two
    columns are what the seeds show, or call FAIL, with the power wanted, at one look.

    Args:
        plans: At least one, all of one policy.
    """
    looks = sorted({look for plan in plans for look in plan.passed})
    seeds = plans[0].seeds
    head = ["cell", "baseline", "sd", "margin", *(f"PASS by {look}" for look in looks), "mean seeds"]
    return [(*head, "hours", f"margin shown by {seeds}", f"loss caught by {seeds}"), *_rows(plans, looks)]


def plan_lines(plans: Sequence[CellPlan]) -> list[str]:
    """Return the table and what it means for a terminal."""
    return [*aligned(plan_table(plans)), *plan_sentences(plans)]


def plan_markdown(plans: Sequence[CellPlan]) -> str:
    """Return the same in Markdown."""
    return f"{markdown(plan_table(plans))}\n\n" + "".join(f"- {line}\n" for line in plan_sentences(plans))


def plan_sentences(plans: Sequence[CellPlan]) -> list[str]:
    """Return which cells can be decided at all, and what all of them together cost."""
    lines = [f"{plan.cell}: {_decision(plan)}" for plan in plans]
    decidable = [plan for plan in plans if plan.decidable]
    if len(plans) > 1:
        lines.append(f"all {len(plans)} cells: {_together(plans)}")
        if len(decidable) < len(plans):
            lines.append(f"the {len(decidable)} that can be decided: {_together(decidable)}")
    return lines


def _together(plans: Sequence[CellPlan]) -> str:
    chance = all_pass(plans)
    if chance is None:
        return "not all have a margin, so that they cannot all pass"
    runs = sum(plan.mean_seeds or 0.0 for plan in plans)
    text = f"an equal candidate passes every one in {_percent(chance)} of sessions, after {runs:.0f} runs on average"
    hours = [plan.hours for plan in plans if plan.hours is not None]
    if hours:
        unknown = f"; {len(plans) - len(hours)} cells not measured" if len(hours) < len(plans) else ""
        text += f", {sum(hours):.2f} hours of one process{unknown}"
    return text


def _rows(plans: Sequence[CellPlan], looks: Sequence[int]) -> list[tuple[str, ...]]:
    return [
        (
            plan.cell,
            f"{_left(plan)} of {plan.baseline.runs}",
            f"{plan.baseline.sd:.2f}, at most {plan.sd_upper:.2f}",
            number(plan.margin),
            *(_percent(plan.passed[look]) if look in plan.passed else "-" for look in looks),
            "-" if plan.mean_seeds is None else f"{plan.mean_seeds:.1f}",
            number(plan.hours),
            number(plan.shown),
            number(plan.caught),
        )
        for plan in plans
    ]


def _decision(plan: CellPlan) -> str:
    if plan.margin is None:
        return _MARGIN
    last, left = max(plan.passed), _left(plan)
    least = f"{plan.smallest:.2f} points ({plan.smallest / plan.sd_upper:.1f} sd)"
    reach = f"{last} seeds against {left} runs show a margin of {least} or more in {_percent(plan.power)} of sessions"
    if plan.decidable:
        return f"can be decided: {reach}"
    if plan.baseline_needed is not None:
        return f"cannot be decided: {reach}; {plan.margin:.2f} needs a baseline of {plan.baseline_needed} runs"
    if plan.balanced_needed is not None:
        return f"cannot be decided: {reach}; {plan.margin:.2f} needs {plan.balanced_needed} seeds on both sides"
    return f"cannot be decided: {reach}; {plan.margin:.2f} is out of reach of 1,000 seeds on both sides"


def _left(plan: CellPlan) -> int:
    """Return the baseline runs that have not failed."""
    return plan.baseline.runs - plan.baseline.failed


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
