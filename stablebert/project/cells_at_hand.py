"""All runs at hand by cell, for questions that are asked of many cells at once."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from stablebert.baselines.cells import baseline_files, read_baseline
from stablebert.baselines.searches import searched_seeds
from stablebert.records.provenance import code_digest
from stablebert.records.store import RunStore
from stablebert.runs import Record, RunRow, RunSpec, cell_id, default_recipe, parse_id, row_of


def cells_at_hand(folders: Sequence[Path], store: RunStore) -> dict[str, tuple[RunRow, ...]]:
    """Return the rows of every cell: the accepted runs where it has them, else the stored records.

    Of the records only those count that the present code made by the paper's methods: the recipe of their encoder, no
    optimizer of others, one seed for all streams, and none that chose the hyperparameters.

    Args:
        folders: Of baselines; the first that has a cell is taken.
        store: Of records.

    Raises:
        BaselineError: a baseline is damaged.
        StoreError: a record is damaged.
    """
    found: dict[str, tuple[RunRow, ...]] = {}
    for folder in folders:
        for path in baseline_files(folder):
            baseline = read_baseline(path)
            found.setdefault(baseline.header["cell"], baseline.rows)
    stored: dict[str, list[RunRow]] = defaultdict(list)
    used = cache(lambda encoder: {seed for folder in folders for seed in searched_seeds(folder, encoder)})
    for record in _present_records(store):
        spec = record.spec
        of_the_paper = spec.optimizer is None and spec.data_seed is None and spec.recipe == default_recipe(spec.encoder)
        if of_the_paper and spec.seed not in used(spec.encoder):
            stored[cell_id(spec)].append(row_of(record))
    return {cell: tuple(rows) for cell, rows in stored.items()} | found


def _present_records(store: RunStore) -> Iterator[Record]:
    """Yield the records that the present code made: those of two versions are no sample of either."""
    for path in sorted(store.folder.glob("??/*.json")):
        record = store.load(path.stem)
        # read again once its checksum is known to fit
        if record is not None and json.loads(path.read_bytes())["provenance"].get("code") == code_digest():
            yield record


def spec_of_cell(cell: str) -> RunSpec:
    """Return seed 0 of a cell.

    Example:
        >>> spec_of_cell("trec_reinit_3ep_minilm_fp32").method
        'reinit'
    """
    return parse_id(f"{cell}_s000")
