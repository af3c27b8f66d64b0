"""Floor 4: raw runs in, a verdict out. No torch, no files."""

from stablebert.gate.judging import judge
from stablebert.gate.policy import Policy
from stablebert.gate.session import Comparison, pool, session_status
from stablebert.gate.verdict import Status, Verdict

__all__ = ["Comparison", "Policy", "Status", "Verdict", "judge", "pool", "session_status"]
