"""What must be read beside a table of verdicts: waivers that act, bridges that are judged over, budgets overspent."""

from collections.abc import Mapping, Sequence

from stablebert.baselines.waivers import Waiver
from stablebert.gate import Status, Verdict
from stablebert.project.standing import Standing


def acting_waivers(verdicts: Sequence[Verdict], waivers: Mapping[str, Waiver]) -> dict[str, Waiver]:
    """Return the waivers that act, by cell: those of cells that FAIL. INVALID is never waived.

    Args:
        verdicts: Of the session.
        waivers: By cell id.

    Example:
        >>> acting_waivers([Verdict("trec_debiased_3ep_minilm_fp32", Status.INVALID, "no runs")], {})
        {}
    """
    return {
        verdict.cell: waivers[verdict.cell]
        for verdict in verdicts
        if verdict.status is Status.FAIL and verdict.cell in waivers
    }


def note_lines(acting: Mapping[str, Waiver], standing: Standing) -> list[str]:
    """Return one line a waiver that acts, a bridge that is judged over, and a budget that is overspent.

    Args:
        acting: From `acting_waivers`.
        standing: What the session's cells stand on.
    """
    over = [(cell, budget) for cell, budget in standing.budgets.items() if budget.is_exceeded]
    return [
        *(f"waived: {cell}: FAIL is let pass {waiver}" for cell, waiver in sorted(acting.items())),
        *(f"bridge: {bridge}" for bridge in standing.bridges),
        *(
            f"budget: {cell}: its baseline has lost {budget} points since release {budget.release}"
            for cell, budget in over
        ),
    ]
