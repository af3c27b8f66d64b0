"""In what the runs of two cells differ: what was run, and the encoders behind them; in the same words at every door."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from statistics import fmean
from typing import Any

from stablebert.baselines import find_baseline
from stablebert.encoders.encoder_files import files_digest, parameter_count, tokenizer_files, weight_files
from stablebert.encoders.sources import folder_at_hand
from stablebert.machine import device_type
from stablebert.project.at_hand import CellRuns
from stablebert.project.project import Project
from stablebert.records import RunStore, load_run
from stablebert.runs import Cell, RunSpec

_NAMES = (
    *("method", "length", "steps", "epochs", "layerwise_decay", "encoder", "precision", "fidelity"),
    *("optimizer", "optimizer_arguments"),
)
_UNKNOWN = "not at hand"


def differing(one: CellRuns, other: CellRuns) -> list[str]:
    """Return in what two cells of a task differ, `name one / other` each.

    Of two encoders these are weights and tokenizer (the first digits of their digests), parameters in their files, and
    the seconds that a run takes, as far as each is at hand.
    """
    pairs: list[tuple[str, Any, Any]] = [(name, getattr(one.spec, name), getattr(other.spec, name)) for name in _NAMES]
    ours, theirs = asdict(one.spec.recipe), asdict(other.spec.recipe)
    pairs += [(name, ours[name], theirs[name]) for name in ours]
    pairs.append(("device", one.device, other.device))
    if one.spec.encoder != other.spec.encoder:
        facts, others = _facts(one), _facts(other)
        pairs += [(name, facts[name], others[name]) for name in facts]
    return [f"{name} {mine} / {yours}" for name, mine, yours in pairs if mine != yours]


def apart_from_baseline(project: Project, cell: Cell) -> str | None:
    """Return in one line in what the runs of a model or recipe that is given differ from those that judge them.

    None where none is given, or nothing differs or can judge.

    Raises:
        ValueError: something that the cell names is unknown or cannot be had.
        BaselineError: the baseline is damaged.
        StoreError: a record is damaged.
    """
    if not (project.settings.model or project.settings.recipe):
        return None
    judge = project.baseline_cell(cell)
    plain = replace(project, settings=replace(project.settings, model=None, recipe=None))
    baseline = find_baseline(judge, project.baselines)
    if baseline is None:
        return None
    spec = plain.method_spec(judge)
    made = replace(spec, recipe=baseline.recipe or spec.recipe)
    device = baseline.environment_class.device if baseline.environment_class else device_type()
    ours = CellRuns(project.spec(cell), (), "", device_type(), None, _seconds(project, project.specs(cell)))
    theirs = CellRuns(made, baseline.rows, "", device, None, _seconds(plain, plain.specs(judge)))
    apart = differing(ours, theirs)
    return f"{cell} / {judge}: {', '.join(apart)}" if apart else None


def _facts(cell: CellRuns) -> dict[str, str]:
    folder = folder_at_hand(cell.spec.encoder, cell.spec.encoder_source)
    seconds = f"{fmean(cell.seconds):.1f}" if cell.seconds else _UNKNOWN
    if folder is None:
        return {**dict.fromkeys(("weights", "tokenizer", "parameters"), _UNKNOWN), "seconds a run": seconds}
    return {
        "weights": files_digest(weight_files(folder))[:8],
        "tokenizer": files_digest(tokenizer_files(folder))[:8],
        "parameters": f"{parameter_count(folder):,}",
        "seconds a run": seconds,
    }


def _seconds(project: Project, runs: Sequence[RunSpec]) -> tuple[float, ...]:
    """Return what those of the runs took that the present code has stored."""
    if not runs or folder_at_hand(runs[0].encoder, runs[0].encoder_source) is None:
        return ()
    store = RunStore(project.store)
    found = (load_run(run, store) for run in runs)
    return tuple(record.seconds for record in found if record is not None)
