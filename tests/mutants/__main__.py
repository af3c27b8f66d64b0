"""How many mutants of what judges the tests of its rooms kill: `make mutants`.

`python -m tests.mutants` reads what `mutmut run` has left, prints the figures by file, and exits 1 where they lie below
the limit or a survivor has no explanation; with `--write` it writes docs/mutants.md.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.page import page
from tests.mutants.results import LEAST, Mutant, change_of, counts_of, read_mutants
from tests.mutants.survivors import kind_of

ROOT = Path(__file__).parents[2]


def main(arguments: Sequence[str]) -> int:
    """Print the figures, and return the exit code."""
    mutants = read_mutants(ROOT)
    survivors = [(one, change_of(ROOT, one)) for one in mutants if not one.is_killed]
    for path, (killed, every) in counts_of(mutants).items():
        print(f"{path:40} {killed:5} of {every:5} {100 * killed / every:6.1f} %")
    share = _share(mutants)
    print(f"{'killed':40} {sum(one.is_killed for one in mutants):5} of {len(mutants):5} {100 * share:6.1f} %")
    strange = [(one, change) for one, change in survivors if kind_of(one, *change) is None]
    for one, (before, after) in strange:
        print(f"{one.name} ({one.status}) has no explanation:\n  - {before}\n  + {after}")
    if "--write" in arguments:
        (ROOT / "docs" / "mutants.md").write_text(page(mutants, survivors), encoding="utf-8")
    if share < LEAST:
        print(f"fewer than {100 * LEAST:.0f} % are killed")
    return int(share < LEAST or bool(strange))


def _share(mutants: Sequence[Mutant]) -> float:
    return sum(one.is_killed for one in mutants) / len(mutants)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
