"""What several commands share: cells and seeds on the command line, and folders."""

import argparse
import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from stablebert.baselines.margins import find_margin
from stablebert.baselines.recorded import with_recorded_steps
from stablebert.paper import ENCODERS, check_method
from stablebert.project.folders import baseline_folders, store_folder
from stablebert.runs import RunSpec, cell_id, default_recipe, parse_id, total_steps
from stablebert.tasks import card_of

_SEED = "_s000"
_NO_ARGUMENTS = "{}"
_CLASS = re.compile(r"\w+(\.\w+)*:\w+")
_CELL_FIELDS = 5


def add_cells(parser: argparse.ArgumentParser, *, runs: bool = False) -> None:
    """Add cell ids and their seeds.

    Args:
        parser: Of the command.
        runs: Whether run ids are taken too.
    """
    text = "cell id, e.g. trec_debiased_3ep_minilm_fp32"
    if runs:
        text += ", for its seeds; or run id, e.g. trec_debiased_3ep_minilm_fp32_s007"
    parser.add_argument("cells", nargs="+", metavar="ID" if runs else "CELL", help=text)
    parser.add_argument("--seed-block", type=int, default=0, metavar="N", help="first seed (default: 0)")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="seeds a cell (default: 20)")


def add_optimizer(parser: argparse.ArgumentParser) -> None:
    """Add the optimizer of others."""
    parser.add_argument(
        "--optimizer", metavar="CLASS", help="package.module:Class in place of the method's (default: none)"
    )
    parser.add_argument(
        "--optimizer-args", default=_NO_ARGUMENTS, metavar="JSON", help="its keyword arguments (default: {})"
    )


def add_store(parser: argparse.ArgumentParser) -> None:
    """Add the folder of records."""
    text = "records (default: $STABLEBERT_STORE, else .stablebert/runs)"
    parser.add_argument("--store", default="", metavar="DIR", help=text)


def add_baselines(parser: argparse.ArgumentParser) -> None:
    """Add the folder of baselines."""
    text = "baselines (default: ./baselines, else those installed)"
    parser.add_argument("--baselines", default="", metavar="DIR", help=text)


def add_margin(parser: argparse.ArgumentParser, text: str) -> None:
    """Add the margin that stands in the place of the frozen one."""
    parser.add_argument("--margin", type=float, metavar="POINTS", help=text)


def store_of(arguments: argparse.Namespace) -> Path:
    """Return the folder of the records."""
    return store_folder(arguments.store, Path.cwd())


def baselines_of(arguments: argparse.Namespace) -> tuple[Path, ...]:
    """Return the folders of the baselines, first to last.

    Raises:
        ValueError: the one given is no folder.
    """
    if arguments.baselines and not Path(arguments.baselines).is_dir():
        raise ValueError(f"--baselines {arguments.baselines} is no folder")
    return baseline_folders(arguments.baselines, Path.cwd())


def home_of(arguments: argparse.Namespace) -> Path:
    """Return the folder of the baselines that are written, which may not be there yet."""
    return baseline_folders(arguments.baselines, Path.cwd())[0]


def margin_of(spec: RunSpec, arguments: argparse.Namespace) -> float | None:
    """Return the margin given, else the frozen one of the run's task, or None, in points.

    Raises:
        BaselineError: the file of margins is damaged.
    """
    if arguments.margin is not None:
        return float(arguments.margin)
    frozen = find_margin(baselines_of(arguments), spec.cell)
    return frozen.margin if frozen else None


def check_positive(arguments: argparse.Namespace, *names: str) -> None:
    """Refuse options that were given and are not positive numbers.

    Raises:
        ValueError: one is not.
    """
    for name in names:
        value = getattr(arguments, name)
        if value is not None and not 0 < value < math.inf:
            raise ValueError(f"--{name} {value:g} must be > 0 and finite")


def optimizer_of(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the optimizer of others that the command line names, as `spec_of` takes it.

    Raises:
        ValueError: its name is of another form, or there are arguments and no optimizer.
    """
    name = arguments.optimizer
    if name is None and arguments.optimizer_args != _NO_ARGUMENTS:
        raise ValueError(f"--optimizer-args {arguments.optimizer_args!r} goes with --optimizer")
    if name is not None and not _CLASS.fullmatch(name):
        raise ValueError(f"--optimizer {name!r} is not of the form package.module:Class")
    return {"optimizer": name, "optimizer_args": arguments.optimizer_args}


def spec_of(
    cell: str,
    *,
    baselines: Sequence[Path] = (),
    optimizer: str | None = None,
    optimizer_args: str = _NO_ARGUMENTS,
) -> RunSpec:
    """Return seed 0 of a cell, with the recipe of its encoder and the recorded number of updates of `long`.

    Args:
        cell: Cell id.
        baselines: Folders of the baselines, where recorded choices are looked for.
        optimizer: Of others, or None.
        optimizer_args: Its keyword arguments as JSON.

    Raises:
        ValueError: the id is not a cell's, its task, method, length or encoder is unknown, or the arguments are no JSON
            object.
    """
    if cell.count("_") != _CELL_FIELDS - 1:
        raise ValueError(f"{cell!r} is not a cell id; one looks like trec_debiased_3ep_minilm_fp32")
    spec = parse_id(cell + _SEED)
    card_of(spec.task)
    check_method(spec.method)
    if spec.length != "long":
        total_steps(spec.length, examples=1, batch_size=1)
    if spec.encoder not in ENCODERS:
        raise ValueError(f"unknown encoder {spec.encoder!r}; known: {', '.join(ENCODERS)}")
    spec = replace(
        spec,
        recipe=default_recipe(spec.encoder),
        encoder_source=ENCODERS[spec.encoder],
        optimizer=optimizer,
        optimizer_arguments=_canonical(optimizer_args) if optimizer else _NO_ARGUMENTS,
    )
    return with_recorded_steps(spec, baselines)


def cells_of(arguments: argparse.Namespace) -> list[RunSpec]:
    """Return seed 0 of each cell that words name, with the optimizer of the command line.

    Raises:
        ValueError: as `spec_of` and `optimizer_of`.
    """
    given = optimizer_of(arguments)
    return [spec_of(cell, baselines=baselines_of(arguments), **given) for cell in arguments.cells]


def runs_of(arguments: argparse.Namespace) -> list[RunSpec]:
    """Return the runs that words name: a run id is that run, a cell id is all of its seeds; each run once.

    Raises:
        ValueError: as `spec_of`, `optimizer_of` and `seeds_of`, or the optimizer's package is not installed.
    """
    folders, given = baselines_of(arguments), optimizer_of(arguments)
    package = (arguments.optimizer or "stablebert").partition(":")[0].partition(".")[0]
    if find_spec(package) is None:
        raise ValueError(f"--optimizer {arguments.optimizer!r} does not import: there is no package {package!r}")
    runs: dict[RunSpec, None] = {}
    for word in arguments.cells:
        if word.count("_") == _CELL_FIELDS:
            one = parse_id(word)
            cell = spec_of(cell_id(one), baselines=folders, **given)
            runs[replace(cell, seed=one.seed, data_seed=one.data_seed)] = None
        else:
            cell = spec_of(word, baselines=folders, **given)
            runs |= dict.fromkeys(cell.with_seed(seed) for seed in seeds_of(arguments))
    return list(runs)


def seeds_of(arguments: argparse.Namespace) -> range:
    """Return the seeds asked for.

    Raises:
        ValueError: there is none, or one is negative.
    """
    if arguments.seeds < 1 or arguments.seed_block < 0:
        raise ValueError(f"--seeds {arguments.seeds} must be >= 1 and --seed-block {arguments.seed_block} >= 0")
    return range(arguments.seed_block, arguments.seed_block + arguments.seeds)


def _canonical(arguments: str) -> str:
    try:
        data = json.loads(arguments)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ValueError(f"--optimizer-args {arguments!r} must be a JSON object")
    # one spelling, so that the same arguments find the same records
    return json.dumps(data, sort_keys=True, separators=(",", ":"))
