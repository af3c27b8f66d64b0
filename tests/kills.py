"""`python -m tests.kills`: sessions killed at random points, again and again; what is left must be that of a clean one.

Runs are synthetic and take a moment, and so does every write, in two parts, so that a kill falls anywhere: at the start of
a worker, in a run, in the middle of a write, at a verdict. After each kill the records are read, and after the last the
session is let through. Exit 1 if a record is damaged or lost, a run is refused, or the verdict is another than that of a
session that nobody killed. `--cancel` ends them as Ctrl-C, a scheduler or a closed terminal does, and they must end soon.
`--planted` publishes by a plain write, which must be found: exit 0 if it is.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from stablebert.baselines import baseline_path, write_baseline
from stablebert.records import RunStore
from stablebert.records.upkeep import problems
from stablebert.runs import RunSpec
from tests.frozen import freeze_margins
from tests.plugin import fake_bench
from tests.records import fake_runs
from tests.synthetic import synthetic_rows

Signals = Sequence[signal.Signals]

ROOT = Path(__file__).parents[1]
SEEDS = 40
CANCELS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# seconds in which what is cancelled must have ended
SOON = 60.0
# there when half of a record has been written
MARK = "half"
# read by every process of a session when it starts; half of what is written is there for a moment
SLOW_WRITES = """
import builtins, io, os, re, time
before = io.open
mark = os.path.join({folder!r}, "startup", "{mark}")

def halves(stream, name):
    write = stream.write
    is_record = re.search("[0-9a-f]{64}", os.path.basename(name)) and "under-way" not in name
    def in_two(content):
        middle = len(content) // 2
        write(content[:middle])
        stream.flush()
        if is_record:
            before(mark, "w").close()
        time.sleep(0.1)
        return middle + write(content[middle:])
    stream.write = in_two
    return stream

def slow_open(file, mode="r", *more, **named):
    stream = before(file, mode, *more, **named)
    ours = isinstance(file, (str, os.PathLike)) and {folder!r} in os.fspath(file)
    return halves(Writable(stream), os.fspath(file)) if ours and set("wx") & set(mode) else stream

class Writable:
    def __init__(self, stream):
        self.stream, self.write = stream, stream.write
    def __getattr__(self, name):
        return getattr(self.stream, name)
    def __enter__(self):
        self.stream.__enter__()
        return self
    def __exit__(self, *error):
        return self.stream.__exit__(*error)

builtins.open = io.open = slow_open
"""
PLANTED = """
import stablebert.files
from pathlib import Path

def plain(path, text):
    if path.exists():
        return False
    path.write_text(text)
    return True

stablebert.files._link_once = plain
"""
RUNS = """
import sys
from pathlib import Path
from stablebert.runs import RunSpec
from stablebert.workers import run_all
from tests.records import fake_runs

if __name__ == "__main__":
    spec = RunSpec(task="rte", encoder="custom-000000", encoder_source=sys.argv[1])
    specs = [spec.with_seed(seed) for seed in range(int(sys.argv[3]))]
    errors = run_all(specs, Path(sys.argv[2]), jobs=2, report=lambda *_: None, train=fake_runs.train_slowly)
    sys.exit(any(error is not None for error in errors))
"""


def main() -> int:
    parser = argparse.ArgumentParser("tests.kills", description=str(__doc__).splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="of each kind of session")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--planted", action="store_true", help="publish by a plain write: what is torn must be found")
    parser.add_argument(
        "--cancel", action="store_true", help="by SIGINT, SIGTERM or SIGHUP to the group, not by SIGKILL"
    )
    arguments = parser.parse_args()
    draw, signals = random.Random(arguments.seed), CANCELS if arguments.cancel else (signal.SIGKILL,)
    found = 0
    for name, session in (("pytest -n 2", _pytest), ("run --jobs 2", _run)):
        with tempfile.TemporaryDirectory(prefix="stablebert-kills-") as folder:
            home = Path(folder, "startup")
            home.mkdir()
            slow = SLOW_WRITES.replace("{folder!r}", repr(folder)).replace("{mark}", MARK)
            (home / "sitecustomize.py").write_text(slow + (PLANTED if arguments.planted else ""))
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(home), str(ROOT)))}
            wrong = list(dict.fromkeys(session(Path(folder), arguments.kills, signals, draw, environment)))
            kind = "cancelled" if arguments.cancel else "kills"
            print(f"{name}: {arguments.kills} {kind}, {len(wrong) or 'nothing'} wrong", flush=True)
            for line in wrong:
                print(f"  {line}")
            found += bool(wrong)
    # of each kind what is planted must be seen
    return int(found < 2 if arguments.planted else found > 0)


def _pytest(folder: Path, kills: int, signals: Signals, draw: random.Random, given: dict[str, str]) -> list[str]:
    command = [sys.executable, "-m", "pytest", "bench", "-q", "-n", "2", "--stablebert-seed-block=100"]
    environment = {**given, "HF_HUB_OFFLINE": "1", "FAKE_SECONDS": "0.3"}
    clean, killed = folder / "clean", folder / "killed"
    for place in (clean, killed):
        _bench(place)
    expected = _let_through(command, clean, environment)
    stores = [RunStore(place / ".stablebert" / "runs") for place in (clean, killed)]

    def look(status: int) -> list[str]:
        verdicts = [json.loads((store.folder / "verdicts.json").read_text()) for store in stores]
        names = [{path.name for path in store.paths()} for store in stores]
        same = _without_places(verdicts[0]) == _without_places(verdicts[1]) and status == expected
        return [*([] if same else ["another verdict"]), *([] if names[0] == names[1] else ["other records"])]

    return _kill(command, killed, environment, kills, signals, draw, stores[1], look, longest=12.0)


def _run(folder: Path, kills: int, signals: Signals, draw: random.Random, given: dict[str, str]) -> list[str]:
    class Environment:
        """What `fake_runs.set_up` asks of pytest's."""

        def setenv(self, name: str, value: str) -> None:
            given[name] = os.environ[name] = value

    fake_runs.set_up(folder, Environment())
    (folder / "program.py").write_text(RUNS)
    store = RunStore(folder / "runs")
    command = [sys.executable, str(folder / "program.py"), str(folder / "encoder"), str(store.folder), str(SEEDS)]

    def look(status: int) -> list[str]:
        there = len(store.paths())
        wrong = [] if status == 0 else [f"a run is refused (exit {status})"]
        return [*wrong, *([] if there == SEEDS else [f"{there} records of {SEEDS}"])]

    return _kill(command, folder, given, kills, signals, draw, store, look, longest=15.0)


def _kill(
    command: list[str],
    folder: Path,
    environment: dict[str, str],
    kills: int,
    signals: Signals,
    draw: random.Random,
    store: RunStore,
    look: Callable[[int], list[str]],
    *,
    longest: float,
) -> list[str]:
    """Kill sessions and return what is wrong after any of them, and of each that has come to its end."""
    done, wrong = 0, []
    while done < kills:
        session = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wrong += look(session.wait(draw.uniform(0.5, longest)))
            # all that was finished is there: what is killed next must have something to do
            shutil.rmtree(store.folder, ignore_errors=True)
        except subprocess.TimeoutExpired:
            if draw.random() < 0.5:
                _await_half_a_record(Path(environment["PYTHONPATH"].partition(os.pathsep)[0]) / MARK, session)
            wrong += _end(session, draw.choice(signals))
            done += 1
            # what was killed must be gone before it is looked at
            time.sleep(0.5)
            wrong += problems(store)
    return [*wrong, *look(_let_through(command, folder, environment)), *problems(store)]


def _end(session: subprocess.Popen[bytes], by: signal.Signals) -> list[str]:
    """Send a signal to the group, wait, and return what is wrong: that it has not ended soon."""
    with suppress(ProcessLookupError):
        os.killpg(session.pid, by)
    try:
        session.wait(SOON)
    except subprocess.TimeoutExpired:
        os.killpg(session.pid, signal.SIGKILL)
        session.wait()
        return [f"not ended {SOON:.0f} s after {by.name}"]
    return []


def _await_half_a_record(mark: Path, session: subprocess.Popen[bytes]) -> None:
    mark.unlink(missing_ok=True)
    while not mark.exists() and session.poll() is None:
        time.sleep(0.005)


def _let_through(command: list[str], folder: Path, environment: dict[str, str]) -> int:
    return subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode


def _without_places(said: dict[str, object]) -> object:
    return json.loads(json.dumps(said).replace("/killed/", "/clean/"))


def _bench(root: Path) -> None:
    for task, method in (("trec", "bertadam"), ("trec", "debiased"), ("trec", "reinit"), ("sms", "debiased")):
        cell = RunSpec(task=task, method=method).cell
        header = {"cell": cell.id, "cell_key": "cell", "data": "data", "environment_class": "cpu-fp32"}
        write_baseline(baseline_path(root / "baselines", cell), header, synthetic_rows(90.0, range(20)))
    freeze_margins(root / "baselines")
    (root / "bench").mkdir()
    (root / "bench" / "test_section4.py").write_text(fake_bench.BENCH)
    conftest = fake_bench.CONFTEST.format(root=str(ROOT), loss={}, failed=set(), broken=set())
    (root / "conftest.py").write_text(conftest)


if __name__ == "__main__":
    sys.exit(main())
