"""Floor 4: raw runs in, a verdict out. No torch, no files; imported when first used."""

from typing import TYPE_CHECKING

from stablebert.lazy import lazy_names

if TYPE_CHECKING:
    from stablebert.gate.judging import judge
    from stablebert.gate.part import Part, Says
    from stablebert.gate.policy import Policy
    from stablebert.gate.pooling import Comparison, pool
    from stablebert.gate.session import session_status
    from stablebert.gate.verdict import Status, Verdict

__all__ = ["Comparison", "Part", "Policy", "Says", "Status", "Verdict", "judge", "pool", "session_status"]
_HOMES = {
    "judging": ("judge",),
    "part": ("Part", "Says"),
    "policy": ("Policy",),
    "pooling": ("Comparison", "pool"),
    "session": ("session_status",),
    "verdict": ("Status", "Verdict"),
}
__getattr__ = lazy_names(__name__, {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names})
