"""The measures of the house: sizes and names of the package's files.

`python -m tests.house` prints them; `test_house.py` holds them to the bounds below.
"""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import MappingProxyType

import stablebert

HOME = Path(stablebert.__file__).parent
MOST_LINES = 300
# of modules that are no `__init__.py`
MEDIAN_LINES = (100, 180)
# one name in two rooms is one thing in two rooms, and here is which
SHARED_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "beginning.py": "the beginning of a run, and what makes it",
        "claims.py": "what the paper claims, and how it is judged",
        "contract.py": "an optimizer's contract in a session, and what is said of it",
        "board.py": "the board of optimizers, its command, and what it prints",
        "comparison.py": "comparing cells, and what it prints",
        "expected.py": "the expected best of n, and its command",
        "paper.py": "the command, and what it prints",
        "paper_cells.py": "the paper's cells, and how they are listed",
        "plan.py": "planning, its command, and what it prints",
        "printed.py": "what the paper prints, and how it is judged",
        "progress.py": "how far a session is, and where pytest says it",
        "store.py": "the store of records, and its command",
    }
)


# class bodies and imports do not count: what a reader follows from the command's first line does
_ENTERED = """
import sys
from importlib import import_module
from pathlib import Path
import stablebert
from stablebert.cli import commands

home, files = str(Path(stablebert.__file__).parent), set()


def follow(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_flags & 1 and code.co_filename.startswith(home):
        files.add(code.co_filename)


command = import_module(f"stablebert.cli.{commands.COMMANDS[sys.argv[1]]}")


def work(arguments, work=command.work):
    sys.setprofile(follow)
    try:
        return work(arguments)
    finally:
        sys.setprofile(None)


command.work = work
commands.main(sys.argv[1:])
print(*sorted(files), sep="\\n", file=sys.stderr)
"""


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


def entered(arguments: Sequence[str]) -> list[str]:
    """Return the files of the package in which a command runs a function once its words are read, sorted.

    Raises:
        subprocess.CalledProcessError: there is no such command, or it broke.
    """
    done = subprocess.run([sys.executable, "-c", _ENTERED, *arguments], capture_output=True, text=True, check=True)
    return sorted(Path(line).relative_to(HOME).as_posix() for line in done.stderr.splitlines() if line.endswith(".py"))


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

    with TemporaryDirectory() as store:
        files = entered(["gate", "trec_debiased_3ep_minilm_fp32", "--store", store])
    print(f"stablebert gate CELL enters {len(files)} files")


if __name__ == "__main__":
    _main()
