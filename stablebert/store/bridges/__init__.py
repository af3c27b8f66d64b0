"""Bridges between environment classes: planned, run on seeds that both share, recorded."""
