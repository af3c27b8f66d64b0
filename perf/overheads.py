"""What is paid beside training: importing the plug-in, collecting items, a session that has nothing to train.

Times are processor time, which is that of the clock on an idle machine and which a busy one disturbs less.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from perf.bounds import Bound, beyond
from perf.stored import FIRST_SEED, fill_store

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "pandas", "scipy", "numpy", "transformers", "datasets")
_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
# six seeds of every cell of the bench are about 5,000 items
_COLLECTED = ("bench", "--collect-only", "--stablebert-all", "--stablebert-seeds=6")
_RUNS = 500
# a session that trains would take hours
_PATIENCE = 120
# pytest: 1 is a session that judges so, 5 one without items
_JUDGED = (0, 1, 5)


def import_bounds(repetitions: int) -> list[Bound]:
    """Return the time of importing the plug-in beyond pytest, which a session has anyway, and its heavy modules."""
    whole, base = _in_turn(("-c", "import pytest, stablebert.plugin"), ("-c", "import pytest"), repetitions)
    milliseconds, spread = beyond([1000 * value for value in whole], [1000 * value for value in base])
    loaded = _run("-c", "import sys, stablebert.plugin; print(*sys.modules)").split()
    return [
        Bound("import of the plug-in beyond pytest", milliseconds, 30, "ms", spread),
        heavy_bound(loaded),
    ]


def heavy_bound(loaded: Sequence[str]) -> Bound:
    """Return how many heavy libraries are among the modules that the plug-in has loaded: there may be none.

    Example:
        >>> print(heavy_bound(["re", "torch"]))
        heavy libraries that it imports: 1.00 of 6 (at most 0)  torch  BROKEN
    """
    found = [name for name in HEAVY if name in set(loaded)]
    return Bound("heavy libraries that it imports", len(found), 0, f"of {len(HEAVY)}", ", ".join(found))


def collection_bound(repetitions: int) -> Bound:
    """Return the time of collecting 5,000 items of the bench beyond a session without items."""
    items = collected(*_COLLECTED)
    whole, base = _in_turn((*_PYTEST, *_COLLECTED), (*_PYTEST, "--collect-only", "perf"), repetitions)
    seconds, spread = beyond(whole, base)
    return Bound("collection of 5,000 items", seconds * 5000 / items, 1.0, "s", f"{items} were collected; {spread}")


def judge_bound(repetitions: int) -> Bound:
    """Return the time of `stablebert judge` over two tables of 20 runs, of which one has lost runs."""
    with TemporaryDirectory(prefix="stablebert-") as folder:
        sides = {name: Path(folder, f"{name}.csv") for name in ("before", "after")}
        for side, path in enumerate(sides.values()):
            rows = [f"{seed},{90 - seed * 7 % 11 / 10 - side},{seed < 2 * side}\n" for seed in range(20)]
            path.write_text("".join(["seed,score,failed\n", *rows]), encoding="utf-8")
        command = ("-m", "stablebert", "judge", *map(str, sides.values()))
        # 1 is FAIL
        times = [processor_seconds(command, statuses=(1,)) for _ in range(repetitions)]
    return Bound("judge of two tables", min(times), 1.0, "s", f"least of {repetitions}, at most {max(times):.2f}")


def collected(*arguments: str) -> int:
    """Return how many items a session with these arguments collects, deselected ones among them.

    Raises:
        RuntimeError: it ended otherwise than well, as one without items does.
    """
    with TemporaryDirectory(prefix="stablebert-") as folder:
        counted = Path(folder, "counted")
        _run(*_PYTEST, "-p", "perf.counted", f"--counted={counted}", *arguments, statuses=(0,))
        return int(counted.read_text(encoding="utf-8"))


def session_bound(repetitions: int) -> Bound:
    """Return the time of a whole session over 500 stored runs, from the start of its process to the end.

    Raises:
        RuntimeError: it made a run.
    """
    with TemporaryDirectory(prefix="stablebert-") as folder:
        seeds = fill_store(Path(folder), ROOT / "baselines", _RUNS)
        runs = len(_records(folder))
        session = (
            *(*_PYTEST, "bench", "-k", "not test_law", f"--stablebert-store={folder}"),
            # that of the records, on every processor
            "--stablebert-precision=fp32",
            *(f"--stablebert-seed-block={FIRST_SEED}", f"--stablebert-seeds={seeds}"),
        )
        began = time.perf_counter()
        times = [processor_seconds(session) for _ in range(repetitions)]
        clock = (time.perf_counter() - began) / repetitions
        left = len(_records(folder))
    if left != runs:
        raise RuntimeError(f"a session over {runs} stored runs left {left} records; it must make none")
    spread = f"{runs} runs; least of {repetitions}, {min(times):.2f} to {max(times):.2f}; {clock:.2f} s by the clock"
    return Bound(f"session over {_RUNS} stored runs", min(times) * _RUNS / runs, 5.0, "s", spread)


def _records(folder: str) -> list[Path]:
    return list(Path(folder).glob("??/*.json"))


def _in_turn(one: Sequence[str], other: Sequence[str], repetitions: int) -> tuple[list[float], list[float]]:
    pairs = [(processor_seconds(one), processor_seconds(other)) for _ in range(repetitions)]
    return [first for first, _ in pairs], [second for _, second in pairs]


def processor_seconds(
    arguments: Sequence[str], patience: float = _PATIENCE, statuses: Collection[int] = _JUDGED
) -> float:
    """Return the processor time of a Python process.

    Args:
        arguments: Of the interpreter.
        patience: Seconds of the clock after which it is given up.
        statuses: With which it may end.

    Raises:
        RuntimeError: it ended otherwise.
        subprocess.TimeoutExpired: it was given up.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(*arguments, patience=patience, statuses=statuses)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(*arguments: str, patience: float = _PATIENCE, statuses: Collection[int] = _JUDGED) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=patience, check=False
    )
    if done.returncode not in statuses:
        raise RuntimeError(f"{' '.join(arguments)} ended with status {done.returncode}: {done.stderr[-500:]}")
    return done.stdout
