"""What a session leaves in `baselines/`: candidates where a baseline is missing, and what it was told to accept.

Only the controller calls this, at the end of a session: workers write records, never baselines.
"""

from collections.abc import Iterator

from stablebert.baselines import find_baseline
from stablebert.baselines.accept import propose, write
from stablebert.baselines.candidates import write_candidate
from stablebert.plugin.session import MENDABLE, BenchSession
from stablebert.project.requests import GateRequest, baseline_spec
from stablebert.report.acceptance import proposal_lines


def leave_candidates(bench: BenchSession) -> Iterator[str]:
    """Write a candidate for every gated cell that has runs and no baseline, and yield a line each.

    Args:
        bench: With the session's gates.
    """
    settings = bench.settings
    if settings.optimizer or settings.model or settings.against:
        return
    for gate in _gated(bench):
        try:
            standing = find_baseline(baseline_spec(gate.cell, settings).cell, settings.baselines)
            if standing is not None or gate.id in bench.printed:
                continue
            rows = bench.stored(gate.specs)
            if rows:
                path = write_candidate(settings.baselines[0], gate.specs[0].cell, rows)
                yield f"candidate: {path} ({len(rows)} seeds, not a baseline)"
        except (*MENDABLE, OSError) as error:
            yield f"candidate: {gate.id}: {error}"


def accept_gates(bench: BenchSession) -> Iterator[str]:
    """Store the runs of every gated cell as its baseline, and yield what changes, or why one is refused.

    Args:
        bench: With the session's gates.
    """
    settings = bench.settings
    for gate in _gated(bench):
        seeds = [spec.seed for spec in gate.specs]
        try:
            proposal = propose(gate.specs[0], seeds, bench.store, settings.baselines[0])
            yield from proposal_lines(proposal)
            write(proposal, settings.why)
            yield f"accepted: {proposal.after.path}"
        except MENDABLE as error:
            yield f"not accepted: {error}"


def _gated(bench: BenchSession) -> list[GateRequest]:
    return [gate for gate in bench.gates if bench.gated[gate.id]]
