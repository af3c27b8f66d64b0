"""How runs are made: processes of this machine, trees of other commits. A worker fills a store."""

from stablebert.workers.local import run_all as run_all
