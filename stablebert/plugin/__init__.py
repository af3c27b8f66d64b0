"""The pytest door: hooks, options, items, session, summary."""
