"""From declared cells and options to the specs of runs."""

from dataclasses import dataclass, replace
from pathlib import Path

from stablebert.bench import BenchCell
from stablebert.paper import ENCODERS, default_encoder
from stablebert.project.against import replaced_fields
from stablebert.project.methods import sources_of
from stablebert.project.options import Settings
from stablebert.project.tables import project_table
from stablebert.runs import RunSpec, cell_id, default_recipe, format_id, parse_id


@dataclass(frozen=True)
class RunRequest:
    """One run item.

    Attributes:
        spec: The run.
        cell: The declared cell.
        place: Position of its seed among the session's seeds, from 0.
    """

    spec: RunSpec
    cell: BenchCell
    place: int

    @property
    def id(self) -> str:
        """The run id."""
        return format_id(self.spec)


@dataclass(frozen=True)
class GateRequest:
    """One gate item.

    Attributes:
        specs: The cell's runs in seed order.
        cell: The declared cell.
    """

    specs: tuple[RunSpec, ...]
    cell: BenchCell

    @property
    def id(self) -> str:
        """The cell id."""
        return cell_id(self.specs[0])


def gate_request(cell: BenchCell, settings: Settings) -> GateRequest:
    """Return the gate of a cell with the session's seeds."""
    spec = candidate_spec(cell, settings)
    seeds = range(settings.seed_block, settings.seed_block + settings.seeds)
    return GateRequest(tuple(spec.with_seed(seed) for seed in seeds), cell)


def run_requests(cell: BenchCell, settings: Settings) -> list[RunRequest]:
    """Return the runs of a cell, one a seed."""
    return [RunRequest(spec, cell, place) for place, spec in enumerate(gate_request(cell, settings).specs)]


def candidate_spec(cell: BenchCell, settings: Settings) -> RunSpec:
    """Return what is trained for a cell, with the user's encoder or optimizer in place."""
    from stablebert.project.precision import precision_of

    own = _spec(cell, settings, default_encoder(settings.profile))
    if settings.model is not None:
        from stablebert.encoders.sources import custom_id

        encoder = custom_id(settings.model)
        own = replace(own, encoder=encoder, encoder_source=settings.model, recipe=default_recipe(encoder))
    judge = baseline_spec(cell, settings)
    # what is accepted stays in its class, whatever processor made it
    bridges = not settings.accept
    return replace(
        own,
        precision=precision_of(settings.precision, own, judge, settings.baselines, bridges=bridges),
        optimizer=settings.optimizer,
        optimizer_arguments=settings.optimizer_args if settings.optimizer else "{}",
        seed=settings.seed_block,
    )


def baseline_spec(cell: BenchCell, settings: Settings) -> RunSpec:
    """Return a run of the cell to judge against: its own, on the profile's encoder, or another that is asked for."""
    return _spec(_judge(cell, settings), settings, baseline_encoder(settings))


def _spec(cell: BenchCell, settings: Settings, encoder: str) -> RunSpec:
    spec = RunSpec(
        task=cell.task,
        method=cell.method,
        length=cell.length,
        encoder=encoder,
        encoder_source=ENCODERS[encoder],
        recipe=default_recipe(encoder),
        fidelity=settings.fidelity,
        method_sources=sources_of(cell.method, settings.methods),
    )
    if spec.length != "long":
        return spec
    # the store is no light import
    from stablebert.baselines.recorded import with_recorded_steps

    return with_recorded_steps(spec, settings.baselines)


def baseline_encoder(settings: Settings) -> str:
    """Return the encoder whose baselines judge."""
    return _against(settings).get("encoder", default_encoder(settings.profile))


def _judge(cell: BenchCell, settings: Settings) -> BenchCell:
    named = _against(settings)
    return replace(
        cell,
        task=named.get("task", cell.task),
        method=named.get("method", cell.method),
        length=named.get("length", cell.length),
    )


def _against(settings: Settings) -> dict[str, str]:
    return replaced_fields(settings.against) if settings.against else {}


def grid_names(settings: Settings, root: Path) -> frozenset[str]:
    """Return the names `TASK_METHOD_LENGTH` of the profile's gated cells.

    They are listed under `[tool.stablebert.grid]` in the root directory's `pyproject.toml`; where it lists none, every
    cell with a baseline is gated.

    Args:
        settings: The options.
        root: Root directory.

    Raises:
        ValueError: what is listed is no list of names.
    """
    listed = project_table(root, "grid").get(settings.profile)
    if listed is not None:
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            raise ValueError(f"[tool.stablebert.grid]: {settings.profile} is {listed!r}; it must be a list of names")
        return frozenset(listed)
    encoder = baseline_encoder(settings)
    files = [path for folder in settings.baselines for path in (folder / encoder).glob("*/*.csv")]
    return frozenset(f"{path.parent.name}_{path.stem}" for path in files)


def requested_cell(nodeid: str) -> str | None:
    """Return the cell whose run or gate a node id names, or None for an item of somebody else's.

    Example:
        >>> requested_cell("bench/test_section4.py::test_gate[trec_debiased_3ep_minilm_fp32]")
        'trec_debiased_3ep_minilm_fp32'
        >>> requested_cell("test_logic.py::test_gate[nand]")
    """
    kind, _, text = nodeid.rpartition("::")[2].removesuffix("]").partition("[")
    if kind not in ("test_run", "test_gate"):
        return None
    try:
        return cell_id(parse_id(text if kind == "test_run" else f"{text}_s000"))
    except ValueError:
        return None


def is_gated(cell: BenchCell, names: frozenset[str], settings: Settings) -> bool:
    """Return whether the cell that judges a cell, mostly itself, is among the names of the grid."""
    judge = _judge(cell, settings)
    return f"{judge.task}_{judge.method}_{judge.length}" in names
