"""Runs whose keys are real and whose training is a formula: a tiny task and encoder on disk, fake train functions.

The train functions are of this module so that spawned processes can import them. What they are to do stands in the
environment, which spawned processes share: each training leaves a file `<run id>.<process>` in `$FAKE_TRAINED`.
"""

import os
import signal
import time
import uuid
from dataclasses import replace
from pathlib import Path

from stablebert.runs import Record, RunSpec, format_id
from tests.synthetic import synthetic_record

_TSV = "index\tsentence1\tsentence2\tlabel\n" + "".join(
    f"{index}\tone {index}\ttwo {index}\t{('entailment', 'not_entailment')[index % 2]}\n" for index in range(8)
)


def set_up(folder: Path, monkeypatch) -> RunSpec:
    """Put the sources of a run below a folder, point the environment at them and return the run."""
    (folder / "glue" / "RTE").mkdir(parents=True)
    for name in ("train.tsv", "dev.tsv"):
        (folder / "glue" / "RTE" / name).write_text(_TSV)
    (folder / "encoder").mkdir()
    (folder / "encoder" / "config.json").write_text("{}")
    (folder / "encoder" / "model.safetensors").write_bytes(b"weights")
    (folder / "trained").mkdir()
    monkeypatch.setenv("GLUE_DIR", str(folder / "glue"))
    monkeypatch.setenv("STABLEBERT_CACHE", str(folder / "cache"))
    monkeypatch.setenv("FAKE_TRAINED", str(folder / "trained"))
    return RunSpec(task="rte", encoder="custom-000000", encoder_source=str(folder / "encoder"))


def trained() -> list[str]:
    """Return the ids of the runs that were started, one entry a start."""
    return sorted(path.name.split(".")[0] for path in Path(os.environ["FAKE_TRAINED"]).iterdir())


def train(spec: RunSpec) -> Record:
    """Train at once."""
    (Path(os.environ["FAKE_TRAINED"]) / f"{format_id(spec)}.{uuid.uuid4().hex}").touch()
    return synthetic_record(spec, 90.0 + spec.seed)


def train_slowly(spec: RunSpec) -> Record:
    """Train for half a second."""
    record = train(spec)
    time.sleep(0.5)
    return record


def train_for_ever(spec: RunSpec) -> Record:
    """Train until somebody ends it."""
    train(spec)
    while True:
        time.sleep(0.02)


def train_without_odd_seeds(spec: RunSpec) -> Record:
    """Train even seeds; odd ones end in an error."""
    if spec.seed % 2:
        raise ValueError(f"seed {spec.seed} cannot be made")
    return train(spec)


def train_and_count_without_odd_seeds(spec: RunSpec) -> Record:
    """Train; odd seeds end in an error when they are done."""
    record = train(spec)
    if spec.seed % 2:
        raise ValueError(f"seed {spec.seed} cannot be made")
    return record


def train_and_kill_at_seed_3(spec: RunSpec) -> Record:
    """Train; seed 3 kills its process."""
    record = train(spec)
    if spec.seed == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return record


def train_in_one_thread(spec: RunSpec) -> Record:
    """Train, and put the process and its threads into the record."""
    seen = {"process": os.getpid(), "threads": os.environ["OMP_NUM_THREADS"]}
    return replace(train(spec), census=seen)
