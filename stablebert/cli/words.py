"""From the words of a command line to the runs of cells."""

import argparse
from dataclasses import replace

from stablebert.cli import arguments as selecting
from stablebert.project.cell_runs import CellRuns, accepted_runs, stored_runs
from stablebert.records import RunStore
from stablebert.runs import RunSpec, cell_id, default_recipe

_ACCEPTED, _STORED = "accepted", "stored"


def add_words(parser: argparse.ArgumentParser, *, least: str) -> None:
    """Add cells, whose runs may be accepted or stored, and the seeds of stored ones.

    Args:
        parser: Of the command.
        least: `+` or `*`.
    """
    text = "cell id: its accepted runs, else the stored ones; accepted:CELL and stored:CELL take no other"
    parser.add_argument("cells", nargs=least, metavar="CELL", help=text)
    parser.add_argument("--seed-block", type=int, default=0, metavar="N", help="first seed of stored runs (default: 0)")
    parser.add_argument(
        "--seeds", type=int, default=20, metavar="N", help="seeds of stored runs at the most (default: 20)"
    )
    selecting.add_store(parser)
    selecting.add_baselines(parser)


def runs_of_word(word: str, arguments: argparse.Namespace) -> CellRuns:
    """Return the runs that a word names.

    Raises:
        ValueError: the word names no cell, or there are no runs of it.
    """
    where, mark, cell = word.rpartition(":")
    if mark and where not in (_ACCEPTED, _STORED):
        raise ValueError(f"{word!r}: {where!r} is neither accepted nor stored")
    spec = selecting.spec_of(cell, baselines=selecting.baselines_of(arguments))
    found = None if where == _STORED else accepted_runs(spec, selecting.baselines_of(arguments))
    if found is None and where != _ACCEPTED:
        found = runs_in_store(spec, arguments)
    if found is None:
        raise ValueError(f"{cell} has no {where or 'accepted or stored'} runs; `stablebert run {cell}` makes them")
    return found


def candidate_of_word(word: str, arguments: argparse.Namespace) -> CellRuns:
    """Return the runs of a cell with the encoder or the optimizer that the command line puts in place, from the store.

    Raises:
        ValueError: as `runs_of_word` and `selecting.optimizer_of`.
    """
    given = selecting.optimizer_of(arguments)
    if not (arguments.optimizer or arguments.model):
        return runs_of_word(word, arguments)
    cell = word.removeprefix(f"{_STORED}:")
    spec = selecting.spec_of(cell, baselines=selecting.baselines_of(arguments), **given)
    if arguments.model:
        spec = _with_encoder(spec, arguments.model)
    found = runs_in_store(spec, arguments)
    if found is None:
        subject = " and ".join(name for name in (arguments.model, arguments.optimizer) if name)
        raise ValueError(f"{cell_id(spec)} has no stored runs with {subject}; `pytest bench` makes them")
    return found


def runs_in_store(spec: RunSpec, arguments: argparse.Namespace) -> CellRuns | None:
    """Return the stored runs of a cell, or None."""
    return stored_runs(spec, selecting.seeds_of(arguments), RunStore(selecting.store_of(arguments)))


def _with_encoder(spec: RunSpec, source: str) -> RunSpec:
    from stablebert.encoders.sources import custom_id

    encoder = custom_id(source)
    return replace(spec, encoder=encoder, encoder_source=source, recipe=default_recipe(encoder))
