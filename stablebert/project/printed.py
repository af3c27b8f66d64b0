"""Gates that the paper's printed rows judge: on the `paper` profile, cells without stored runs."""

from collections.abc import Iterable

from stablebert.baselines import baseline_path
from stablebert.paper import PrintedRow, printed_row
from stablebert.project.options import Settings
from stablebert.project.requests import GateRequest, baseline_spec


def printed_gates(gates: Iterable[GateRequest], settings: Settings) -> dict[str, PrintedRow]:
    """Return the printed row of every gate that one judges, by the gate's id.

    A candidate, an optimizer or encoder of others, is never judged against print.

    Args:
        gates: Of the session.
        settings: The options in force.

    Raises:
        ValueError: the paper's tables are missing.
    """
    if settings.profile != "paper" or settings.optimizer is not None or settings.model is not None:
        return {}
    found = {}
    for gate in gates:
        stored = baseline_spec(gate.cell, settings)
        if any(baseline_path(folder, stored.cell).is_file() for folder in settings.baselines):
            continue
        row = printed_row(gate.specs[0], settings.baselines)
        if row is not None:
            found[gate.id] = row
    return found
