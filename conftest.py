"""Profiles of hypothesis, one thread and one graphics card a process; everything else of pytest is in the plug-in."""

import os

from hypothesis import settings

from stablebert.machine import claim_device

# read by torch's libraries when they are first loaded; the workers of xdist inherit it and share the cores
os.environ.setdefault("OMP_NUM_THREADS", "1")

if (worker := os.environ.get("PYTEST_XDIST_WORKER", "")).startswith("gw"):
    claim_device(int(worker.removeprefix("gw")))

settings.register_profile("default", deadline=None)
# minutes of hostile files in place of seconds: make fuzz
settings.register_profile("fuzz", deadline=None, max_examples=5_000, print_blob=True)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("default")
