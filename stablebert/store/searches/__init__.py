"""Recorded searches: what was tried on validation, and what it has chosen."""
