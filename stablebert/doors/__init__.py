"""Floor 5: how pytest gets from a bench module to runs, gates and a session's verdict."""

from stablebert.doors.cells import BenchCell, cells

__all__ = ["BenchCell", "cells"]
