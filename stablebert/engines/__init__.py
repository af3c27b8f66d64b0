"""Floor 3: ways to make many runs. An engine fills a store; it returns nothing that the store does not hold."""

from stablebert.engines.local import run_all
from stablebert.engines.peak import peak_line, peak_memory

__all__ = ["peak_line", "peak_memory", "run_all"]
