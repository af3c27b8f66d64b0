"""What a verdict follows from, byte by byte: digests of the baseline's file and of every record that was judged."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from stablebert.baselines import baseline_path
from stablebert.files import sha256_of
from stablebert.gate import Verdict
from stablebert.project.judging import MENDABLE, record_path
from stablebert.project.project import Project
from stablebert.runs import Cell, seed_id

Evidence = dict[str, dict[str, str]]


def evidence_of(project: Project, verdicts: Iterable[Verdict]) -> Evidence:
    """Return SHA-256 digests by cell, by name: `baseline`, and `record s007` of each run that the verdict used.

    What is not there has none: its cell is INVALID by itself. The policy's digest is a verdict's own, and a margin
    that does not follow from the baseline makes its cell INVALID.

    Args:
        project: Whose store and baselines.
        verdicts: Those of cells count; the pooled one follows from them.
    """
    found: Evidence = {}
    for verdict in verdicts:
        with suppress(*MENDABLE):
            found[verdict.cell] = _of_cell(project, Cell.parse(verdict.cell), verdict.runs)
    return found


def _of_cell(project: Project, cell: Cell, runs: int) -> dict[str, str]:
    places = (baseline_path(folder, project.baseline_cell(cell)) for folder in project.baselines)
    baseline = next(filter(Path.is_file, places), None)
    digests = {} if baseline is None else {"baseline": sha256_of(baseline)}
    for spec in project.specs(cell)[:runs]:
        path = record_path(project, spec)
        if path.is_file():
            digests[f"record {seed_id(spec)}"] = sha256_of(path)
    return digests
