"""What other tools leave of runs, as rows of a table: transformers' Trainer, W&B, Trackio, lm-evaluation-harness."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stablebert.scores.readers import read_rows, text_of
from stablebert.scores.score_table import RawRow, TableError, number_of
from stablebert.scores.trackio_database import TrackioRun, read_trackio
from stablebert.scores.wandb_log import WandbRun, read_wandb

_SEED = re.compile(r"seed[-_=]?([0-9]+)", re.IGNORECASE)
_LOG = "the run's own file run-ID.wandb"
# states of W&B; a run in any other has not ended
_ENDED, _FAILED = ("finished",), ("failed", "crashed", "killed")


def exported_rows(paths: Iterable[Path], score: str, seed: str | None = None) -> list[RawRow]:
    """Return the runs of exported files, in their order.

    | file | score | seed |
    |---|---|---|
    | Trainer's `trainer_state.json` | last value in `log_history`, such as `eval_accuracy` | path |
    | Trainer's `all_results.json`, or of one split | a key, such as `eval_accuracy` | path |
    | CSV of W&B's table of runs | a column | column `seed`, or the one that is named |
    | W&B's `run-ID.wandb` of one run | last value | `seed`, or what is named, of its config; else its name |
    | Trackio's `PROJECT.db` | last value, of each run | likewise |
    | JSON of `trackio get metric --json` | last value of the metric | name of the run |
    | results of lm-evaluation-harness | `task/metric`, as in `arc_easy/acc` | path, or a named key of `config` |

    In a path or name the seed stands after the word: `out/seed_3/trainer_state.json`, `tiny-seed3`.

    Args:
        paths: The files.
        score: Which number is the score.
        seed: Where the seed stands, where that is not as above.

    Raises:
        TableError: a file is of none of these kinds, has no such score or seed, or its run has not ended.
    """
    return [row for path in paths for row in _rows_of(path, score, seed)]


def _rows_of(path: Path, score: str, seed: str | None) -> list[RawRow]:
    kind = path.suffix.lower()
    if kind == ".csv":
        return [_of_wandb(row, score, seed or "seed") for row in read_rows(path)]
    try:
        if kind == ".wandb":
            return [_of_wandb_log(path, read_wandb(path), score, seed)]
        if kind == ".db":
            return [_of_trackio_run(f"{path}, run {run.name}", run, score, seed) for run in read_trackio(path)]
        return _of_json(path, json.loads(text_of(path)), score, seed)
    except TableError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise TableError(f"{path} cannot be read: {error}") from error
    except (LookupError, TypeError, AttributeError, OverflowError) as error:
        raise TableError(
            f"{path} is not what a tool has written, or of another version of it: {type(error).__name__}: {error}"
        ) from error


def _of_json(path: Path, found: Any, score: str, seed: str | None) -> list[RawRow]:
    given = found if isinstance(found, dict) else {}
    if "log_history" in given:
        return [_of_trainer(path, given, score)]
    if {"run", "metric", "values"} <= given.keys():
        return [_of_trackio(path, given, score)]
    if "results" in given:
        return [_of_harness(path, given, score, seed)]
    if any(name.endswith("_runtime") for name in given) and not any(name.startswith("_") for name in given):
        return [_of_results(path, given, score)]
    hint = f"; a summary of W&B does not say whether its run has ended, {_LOG} does" if "_runtime" in given else ""
    raise TableError(
        f"{path} is no export that is known: trainer_state.json, all_results.json, a CSV of W&B's runs, {_LOG}, "
        f"Trackio's PROJECT.db, `trackio get metric --json`, results of lm-evaluation-harness{hint}"
    )


def _of_trainer(path: Path, state: Mapping[str, Any], score: str) -> RawRow:
    history = state["log_history"]
    control = state.get("stateful_callbacks", {}).get("TrainerControl", {}).get("args", {})
    step, steps = state.get("global_step", 0), state.get("max_steps", 0)
    # a Trainer that has ended, early or not, has logged how long it took, or had been told to stop
    ended = any("train_runtime" in entry for entry in history) or control.get("should_training_stop")
    if step < steps and not ended:
        raise TableError(f"{path}: the run has not ended: it is at step {step} of {steps}")
    last = next((entry for entry in reversed(history) if score in entry), None)
    if last is None:
        raise TableError(f"{path} has no {score!r} in its log_history; it has {_listed(history)}")
    loss = {} if score == "eval_loss" or "eval_loss" not in last else {"loss": last["eval_loss"]}
    return _row(str(path), _seed_in(str(path), str(path)), last[score], loss, _why_diverged(history, last))


def _why_diverged(history: Sequence[Mapping[str, Any]], last: Mapping[str, Any]) -> str:
    """Return why a run that Trainer has logged has failed, or the empty string.

    A Trainer logs no NaN for a loss (`logging_nan_inf_filter`), but gradients that end so, and what it evaluates.
    """
    losses = [*(entry.get("loss", 0.0) for entry in history), last.get("eval_loss", 0.0)]
    if not all(math.isfinite(float(loss)) for loss in losses):
        return "loss not finite"
    norms = [float(entry["grad_norm"]) for entry in history if entry.get("grad_norm") is not None]
    # a single one may be an update that a scaled loss has left out
    return "gradients not finite" if len(norms) > 1 and not any(map(math.isfinite, norms[-2:])) else ""


def _of_results(path: Path, found: Mapping[str, Any], score: str) -> RawRow:
    if score not in found:
        raise TableError(f"{path} has no {score!r}; it has {_listed([found])}")
    if score == "train_loss" and "eval_loss" not in found:
        raise TableError(f"{path}: Trainer leaves NaN out of train_loss; trainer_state.json says whether there was any")
    loss = {} if score == "eval_loss" or "eval_loss" not in found else {"loss": found["eval_loss"]}
    return _row(str(path), _seed_in(str(path), str(path)), found[score], loss, _why_diverged([], found))


def _of_wandb(row: RawRow, score: str, seed: str) -> RawRow:
    missing = next((name for name in (score, seed, "State") if name not in row.values), None)
    if missing:
        hint = f"; only W&B's table of runs says how a run has ended, and {_LOG}" if missing == "State" else ""
        listed = ", ".join(map(repr, row.values))
        raise TableError(f"{row.place}: there is no column {missing!r}; there are {listed}{hint}")
    state = str(row.values["State"]).lower()
    if state not in (*_ENDED, *_FAILED):
        raise TableError(f"{row.place}: the run is {state}; it must be {', '.join((*_ENDED, *_FAILED))}")
    value, reason = row.values[score], state if state in _FAILED else ""
    if value is None and not reason:
        raise TableError(f"{row.place}: the run is finished and has no {score}")
    number = math.nan if value is None else number_of(row.place, score, value)
    return _row(row.place, row.values[seed], number, {}, reason)


def _of_wandb_log(path: Path, run: WandbRun, score: str, seed: str | None) -> RawRow:
    if run.exit_code is None:
        raise TableError(f"{path}: the run has not ended, or was killed: its log has no end")
    reason = f"exit code {run.exit_code}" if run.exit_code else ""
    if score not in run.logged and not reason:
        raise TableError(f"{path}: run {run.name!r} has no {score!r}; it has {_listed([run.logged])}")
    number = _seed_of(str(path), run.config, run.name, seed)
    return _row(str(path), number, run.logged.get(score, math.nan), {}, reason)


def _of_trackio_run(place: str, run: TrackioRun, score: str, seed: str | None) -> RawRow:
    if score not in run.logged:
        raise TableError(f"{place} has no {score!r}; it has {_listed([run.logged])}")
    return _row(place, _seed_of(place, run.config, run.name, seed), run.logged[score], {}, "")


def _seed_of(place: str, config: Mapping[str, Any], name: str, key: str | None) -> Any:
    """Return the seed that a run's settings have under a key, or where none is given under `seed`, else its name's."""
    if key is not None and key not in config:
        raise TableError(f"{place}: its config has no {key!r}; it has {_listed([config])}")
    key = key or "seed"
    return config[key] if key in config else _seed_in(place, name)


def _of_trackio(path: Path, run: Mapping[str, Any], score: str) -> RawRow:
    if run["metric"] != score:
        raise TableError(f"{path} is of the metric {run['metric']!r}, not of {score!r}")
    if not run["values"]:
        raise TableError(f"{path}: run {run['run']!r} has no value of {score!r}")
    last = max(run["values"], key=lambda value: value["step"])
    return _row(str(path), _seed_in(str(path), str(run["run"])), last["value"], {}, "")


def _of_harness(path: Path, found: Mapping[str, Any], score: str, seed: str | None) -> RawRow:
    task, _, metric = score.partition("/")
    values = found["results"].get(task)
    if values is None:
        raise TableError(f"{path} has no task {task!r}; it has {', '.join(found['results'])}")
    # a metric is named with the filter of the answers behind a comma
    names = [name for name in values if metric in (name, name.partition(",")[0])]
    if len(names) != 1:
        raise TableError(f"{path} has {len(names)} metrics {metric!r} of {task}; it has {_listed([values])}")
    config = found.get("config", {})
    if seed is None:
        where = str(config.get("model_args", ""))
        number = _seed_in(str(path), where if _SEED.search(where) else str(path))
    elif seed in config:
        number = config[seed]
    else:
        raise TableError(f"{path}: its config has no {seed!r}; it has {', '.join(config)}")
    return _row(str(path), number, values[names[0]], {}, "")


def _row(place: str, seed: Any, score: Any, more: Mapping[str, Any], reason: str) -> RawRow:
    value = number_of(place, "the score", score)
    if not reason and not math.isfinite(value):
        reason = f"the score is {value}"
    return RawRow(place, {"seed": seed, "score": value, **more, "failed": bool(reason), "failed_reason": reason})


def _seed_in(place: str, text: str) -> str:
    found = _SEED.findall(text)
    if not found:
        raise TableError(f"{place}: no seed stands in {text!r}; one is looked for as in seed_3 or seed-3")
    return str(found[-1])


def _listed(entries: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(name for entry in entries for name in entry)) or "nothing"
