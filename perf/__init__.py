"""How long a run takes, against what a user would write with transformers: `python -m perf --help`."""
