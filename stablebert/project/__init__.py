"""The one context: what judges a cell, for pytest, the command line and Python alike."""
