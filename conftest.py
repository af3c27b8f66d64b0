"""Profiles of hypothesis, and one thread a process; everything else of pytest is in the plug-in."""

import os

from hypothesis import settings

# read by torch's libraries when they are first loaded; the workers of xdist inherit it and share the cores
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("default")
