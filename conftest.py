"""Profiles of hypothesis; everything else of pytest is in the plug-in."""

from hypothesis import settings

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("default")
