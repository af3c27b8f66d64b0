"""How often the gate is wrong, measured: `python -m tests.calibration`, or `make calibrate`.

Prints the tables, or writes them to docs/calibration.md. Exit status 1 and a line each where a limit is exceeded.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.calibration import anytime, dependent, equal, false_pass, flips, instability, power, sessions, trained
from tests.calibration.rule import Rule
from tests.calibration.samples import SEED
from tests.calibration.tables import MORE, NEAR, Section

DOCUMENT = Path(__file__).parents[2] / "docs" / "calibration.md"
FULL, QUICK = 4_000, 400
# few replicates can't tell a figure from its limit: how many Monte Carlo errors beyond it count
SLACK = {FULL: 0.0, QUICK: 3.0}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the studies; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.calibration", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} replicates in place of {FULL:,}")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--write", action="store_true", help="write docs/calibration.md instead of printing")
    given = parser.parse_args(arguments)
    if given.quick and given.write:
        parser.error("--quick is a look, not a measurement: it is not written")
    replicates = QUICK if given.quick else FULL
    if given.jobs == 1:
        sections = study(map, replicates)
    else:
        with ProcessPoolExecutor(given.jobs) as pool:
            sections = study(pool.map, replicates)
    broken = broken_limits(sections, SLACK[replicates])
    text = document(sections, broken, replicates)
    if given.write:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(text, encoding="utf-8")
    else:
        print(text)
    for line in broken:
        print(f"limit exceeded: {line}", file=sys.stderr)
    return 1 if broken else 0


def study(each: Callable[..., Iterable], replicates: int) -> list[Section]:
    """Return every section.

    Args:
        each: Map of a function over arguments, in this process or in others.
        replicates: Of each case.
    """
    rule = Rule()
    return [
        *instability.sections(each, rule, replicates),
        *equal.sections(each, rule, replicates),
        *flips.sections(each, rule, replicates),
        *trained.sections(each),
        *sessions.sections(each, rule, replicates),
        *false_pass.sections(each, rule, replicates),
        *anytime.sections(each, rule, replicates),
        *power.sections(each, rule, replicates),
        *dependent.sections(each, rule, replicates),
    ]


def broken_limits(sections: Sequence[Section], errors: float) -> list[str]:
    """Return the limits that are exceeded by more than a number of Monte Carlo errors, in words."""
    return [limit.line() for section in sections for limit in section.limits if limit.broken(errors)]


def document(sections: Sequence[Section], broken: Sequence[str], replicates: int) -> str:
    """Return the whole document."""
    count = sum(len(section.limits) for section in sections)
    kept = "all are kept" if not broken else f"{len(broken)} are exceeded: " + "; ".join(broken)
    return (
        "# Calibration of the gate\n\n"
        "How often the gate says something wrong, and what it can see. `make calibrate` simulates and writes this file "
        f"(seed {SEED} and the name of each case; {replicates:,} replicates, and {MORE} times as many "
        f"of a case that these leave within {NEAR} Monte Carlo errors of a limit or beyond it); nobody edits it. The rule it simulates is "
        "written in numpy from the equations, apart from `stablebert.gate`; `tests/calibration/test_agreement.py` holds the "
        f"two against each other on 200 stores and 80 sessions. Of {count} limits {kept}.\n\n"
        + "\n".join(s.markdown() for s in sections)
    )


if __name__ == "__main__":
    sys.exit(main())
