"""What a whole session says."""

from collections.abc import Sequence

from stablebert.gate import location
from stablebert.gate.verdict import Status, Verdict


def session_status(verdicts: Sequence[Verdict], pooled: Verdict) -> Status:
    """Return what a session says.

    INVALID if any cell is; else FAIL if a cell or the pooled test fails; else PASS if all cells pass, or the pooled
    test does and no undecided cell's estimate lies below its margin, or is a shown loss without one; else INCONCLUSIVE.

    Args:
        verdicts: One a gated cell, at least one.
        pooled: As from `pool`.

    Raises:
        ValueError: there is no verdict.
    """
    if not verdicts:
        raise ValueError("a session without a gate has no verdict")
    found = {verdict.status for verdict in verdicts}
    if Status.INVALID in found:
        return Status.INVALID
    if Status.FAIL in found or pooled.status is Status.FAIL:
        return Status.FAIL
    undecided = [verdict for verdict in verdicts if verdict.status is Status.INCONCLUSIVE]
    if not undecided:
        return Status.PASS
    carried = pooled.status is Status.PASS and all(map(_is_harmless, undecided))
    return Status.PASS if carried else Status.INCONCLUSIVE


def _is_harmless(verdict: Verdict) -> bool:
    if verdict.difference is None:
        return False
    if verdict.margin is None:
        return verdict.decided_by != location.NAME
    return verdict.difference >= -verdict.margin
