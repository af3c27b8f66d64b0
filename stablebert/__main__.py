"""`python -m stablebert`, and the script `stablebert`, which sees the working directory's packages as that does."""

import sys

from stablebert.cli import main as command
from stablebert.project.loading import see_working_directory


def main() -> int:
    """Run one command of the command line and return its exit status."""
    see_working_directory()
    return command()


if __name__ == "__main__":
    sys.exit(main())
