"""One run on a machine of a cluster: what is sent there, what is done there, what comes back."""

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from stablebert.assets import cache_folder
from stablebert.foreign import contained, words_of
from stablebert.records import RunStore, run_keys
from stablebert.records.obtain import Train, train_anew
from stablebert.runs import Record, RunSpec, format_id

# what decides where files lie and how a run is computed; the store is the driver's alone
_CARRIED = ("GLUE_DIR", "STABLEBERT_CACHE", "STABLEBERT_DEVICE", "STABLEBERT_KERNELS")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
_FOLDER = "nodes"


class RunError(ValueError):
    """A run was begun on a machine of a cluster and ended in an error of its own, which another try would repeat."""


@dataclass(frozen=True)
class Made:
    """What comes back from a machine: a record or an error, as plain text.

    Attributes:
        key: Record key of the run there: by the code, data and weights of that machine; empty where it has none.
        record: As JSON, None where there is none.
        error: Why there is none.
    """

    key: str
    record: str | None = None
    error: str | None = None


def carried(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a run has on the machine that makes it: those of the driver, and one thread.

    Args:
        environment: The driver's.

    Example:
        >>> carried({"STABLEBERT_DEVICE": "cuda", "HOME": "/root"})["STABLEBERT_DEVICE"]
        'cuda'
    """
    return {**{name: environment[name] for name in _CARRIED if environment.get(name)}, **_ONE_THREAD}


def make_run(spec: RunSpec, variables: Mapping[str, str], train: Train | None = None) -> Made:
    """Train a run in this process; what goes wrong with the run comes back, and is not raised.

    So whoever waits for it knows what an exception means: the machine, the process or the way to it was lost.

    Args:
        spec: The run.
        variables: As `carried` gives them, put into the environment before torch is loaded.
        train: From spec to record; None is `stablebert.train`, the first stage of `transfer` kept in this machine's
            cache.
    """
    os.environ.update(variables)
    key = ""
    try:
        key = run_keys(spec).record
        with contained(spec.optimizer or format_id(spec)):
            record = train(spec) if train else train_anew(spec, RunStore(cache_folder() / _FOLDER, uuid.uuid4().hex))
    except Exception as error:
        return Made(key, error=words_of(error))
    return Made(key, record=json.dumps(record.to_dict()))


def record_of(made: Made, spec: RunSpec) -> Record:
    """Return the record that has come back, checked to be of the run by the code, data and weights of this machine.

    Args:
        made: What has come back.
        spec: The run that was sent.

    Raises:
        RunError: the run has ended in an error, or that machine would make another run of it.
    """
    if made.record is None:
        raise RunError(made.error)
    key = run_keys(spec).record
    if made.key != key:
        raise RunError(
            f"{format_id(spec)}: a machine of the cluster has other code, data, weights or libraries than this one (it "
            f"made {made.key[:12]}, wanted was {key[:12]}); give both the same installation and files"
        )
    return Record.from_dict(json.loads(made.record))
