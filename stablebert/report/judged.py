"""What a session of gates has judged, before it is shown anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stablebert.gate import Status, Verdict


@dataclass(frozen=True)
class SessionReport:
    """The verdicts of a session, and what is to be read beside them.

    Attributes:
        status: Of the session.
        verdicts: One a cell, and the pooled one.
        contract: Findings of the optimizer's contract as plain data.
        notes: What is to be read beside the verdicts, one line each.
    """

    status: Status
    verdicts: Sequence[Verdict]
    contract: Sequence[dict[str, str]] = ()
    notes: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "session": str(self.status),
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
            "contract": list(self.contract),
            "notes": list(self.notes),
        }
