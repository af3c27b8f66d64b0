"""What must be read beside a table of verdicts: waivers that act, bridges that are judged over, budgets overspent."""

from stablebert.project import JudgedSession


def note_lines(session: JudgedSession) -> list[str]:
    """Return one line a waiver that acts, a bridge that is judged over, and a budget that is overspent.

    Args:
        session: What was judged.
    """
    over = [(cell, budget) for cell, budget in session.budgets.items() if budget.is_exceeded]
    return [
        *(f"waived: {cell}: FAIL is let pass {waiver}" for cell, waiver in sorted(session.waived.items())),
        *(f"bridge: {bridge}" for bridge in session.bridges),
        *(
            f"budget: {cell}: its baseline has lost {budget} points since release {budget.release}"
            for cell, budget in over
        ),
    ]
