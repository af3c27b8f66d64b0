"""`python -m tests.kills`: sessions killed at random points, again and again; what is left must be that of a clean one.

Runs are synthetic and take a moment, so that a kill falls anywhere: at the start of a worker, in a run, in a write, at a
verdict. After the kills the session is let through. Exit 1 if a record is damaged or lost, a run is refused, or the
verdict is another than that of a session that nobody killed.
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
from collections.abc import Callable
from pathlib import Path

from stablebert.baselines import baseline_path, write_baseline
from stablebert.records import RunStore
from stablebert.records.upkeep import problems
from stablebert.runs import RunSpec
from tests.frozen import freeze_margins
from tests.plugin import fake_bench
from tests.records import fake_runs
from tests.synthetic import synthetic_rows

ROOT = Path(__file__).parents[1]
SEEDS = 40
RUNS = """
import sys
from pathlib import Path
from stablebert.runs import RunSpec
from stablebert.workers import run_all
from tests.records import fake_runs

if __name__ == "__main__":
    spec = RunSpec(task="rte", encoder="custom-000000", encoder_source=sys.argv[1])
    specs = [spec.with_seed(seed) for seed in range(int(sys.argv[3]))]
    results = run_all(specs, Path(sys.argv[2]), jobs=2, report=lambda *_: None, train=fake_runs.train_slowly)
    sys.exit(any(isinstance(result, Exception) for result in results))
"""


def main() -> int:
    parser = argparse.ArgumentParser("tests.kills", description=str(__doc__).splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="of each kind of session")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    found = 0
    for name, session in (("pytest -n 2", _pytest), ("run --jobs 2", _run)):
        with tempfile.TemporaryDirectory(prefix="stablebert-kills-") as folder:
            wrong = session(Path(folder), arguments.kills, draw)
            print(f"{name}: {arguments.kills} kills, {len(wrong) or 'nothing'} wrong", flush=True)
            for line in wrong:
                print(f"  {line}")
            found += len(wrong)
    return min(found, 1)


def _pytest(folder: Path, kills: int, draw: random.Random) -> list[str]:
    command = [sys.executable, "-m", "pytest", "bench", "-q", "-n", "2", "--stablebert-seed-block=100"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "FAKE_SECONDS": "0.3", "PYTHONPATH": str(ROOT)}
    clean, killed = folder / "clean", folder / "killed"
    for place in (clean, killed):
        _bench(place)
    _let_through(command, clean, environment)

    def restart() -> None:
        # all that was finished is there: what is killed next must have something to do
        shutil.rmtree(killed / ".stablebert", ignore_errors=True)

    _kill(command, killed, environment, kills, draw, restart, longest=12.0)
    _let_through(command, killed, environment)
    stores = [RunStore(place / ".stablebert" / "runs") for place in (clean, killed)]
    verdicts = [json.loads((store.folder / "verdicts.json").read_text()) for store in stores]
    wrong = [] if _without_places(verdicts[0]) == _without_places(verdicts[1]) else ["another verdict"]
    return [*wrong, *problems(stores[1])]


def _run(folder: Path, kills: int, draw: random.Random) -> list[str]:
    class Environment:
        """What `fake_runs.set_up` asks of pytest's."""

        def setenv(self, name: str, value: str) -> None:
            os.environ[name] = value

    fake_runs.set_up(folder, Environment())
    (folder / "program.py").write_text(RUNS)
    store = folder / "runs"
    command = [sys.executable, str(folder / "program.py"), str(folder / "encoder"), str(store), str(SEEDS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    _kill(command, folder, environment, kills, draw, lambda: shutil.rmtree(store, ignore_errors=True), longest=15.0)
    status = _let_through(command, folder, environment)
    there = len(list(RunStore(store).records()))
    wrong = [] if status == 0 else [f"a run is refused (exit {status})"]
    return [*wrong, *([] if there == SEEDS else [f"{there} records of {SEEDS}"]), *problems(RunStore(store))]


def _kill(
    command: list[str],
    folder: Path,
    environment: dict[str, str],
    kills: int,
    draw: random.Random,
    restart: Callable[[], object],
    *,
    longest: float,
) -> None:
    done = 0
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
            session.wait(draw.uniform(0.5, longest))
            restart()
        except subprocess.TimeoutExpired:
            os.killpg(session.pid, signal.SIGKILL)
            session.wait()
            done += 1
    # what was killed last must be gone before it is looked at
    time.sleep(1)


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
