"""The measures of the house: sizes and names of the package's files.

`python -m tests.house` prints them; `test_house.py` holds them to the bounds below.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from types import MappingProxyType

import stablebert

HOME = Path(stablebert.__file__).parent
MOST_LINES = 300
# of modules that are no `__init__.py`
MEDIAN_LINES = (100, 180)
# one name in two rooms is one thing in two rooms, and here is which
SHARED_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "claims.py": "what the paper claims, and how it is judged",
        "comparison.py": "comparing cells, and what it prints",
        "expected.py": "the expected best of n, and its command",
        "paper.py": "the command, and what it prints",
        "plan.py": "planning, its command, and what it prints",
        "printed.py": "what the paper prints, and how it is judged",
        "store.py": "the store of records, and its command",
    }
)


def modules(home: Path = HOME) -> list[Path]:
    """Return the files of a package that are no `__init__.py`."""
    return sorted(path for path in home.rglob("*.py") if path.name != "__init__.py")


def sizes(paths: Iterable[Path]) -> dict[Path, int]:
    """Return the lines of each file."""
    return {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}


def rooms_by_name(paths: Iterable[Path]) -> dict[str, list[str]]:
    """Return the file names that stand in more than one folder, with these folders."""
    rooms = defaultdict(list)
    for path in paths:
        rooms[path.name].append(path.parent.name)
    return {name: sorted(found) for name, found in sorted(rooms.items()) if len(found) > 1}


def unexplained(paths: Iterable[Path]) -> list[str]:
    """Return the file names that stand in more than one folder for no listed reason."""
    return [name for name in rooms_by_name(paths) if name not in SHARED_NAMES]


def _main() -> None:
    counts = sizes(modules())
    initial = sizes(HOME.rglob("__init__.py"))
    print(f"{len(counts)} modules, {sum(counts.values())} lines, and {len(initial)} __init__.py")
    print(f"median {median(counts.values()):g} lines, bounds {MEDIAN_LINES[0]} to {MEDIAN_LINES[1]}")
    print(f"longest of at most {MOST_LINES}:")
    for path, count in sorted((counts | initial).items(), key=lambda item: -item[1])[:5]:
        print(f"  {count:4} {path.relative_to(HOME)}")
    print("names in more than one room:")
    for name, rooms in rooms_by_name(counts).items():
        print(f"  {name}: {', '.join(rooms)} ({SHARED_NAMES.get(name, 'no reason listed')})")


if __name__ == "__main__":
    _main()
