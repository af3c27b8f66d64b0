"""Everything that a page shows, read once and frozen: verdicts, runs, series, the paper, the ledger."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stablebert.analysis import ClaimOutcome, TargetOutcome, targets_of
from stablebert.baselines import Baseline, BaselineError, RunSeries, find_series, own_baselines
from stablebert.gate import Rows, Verdict
from stablebert.gate.lost_runs import COLLAPSED, line_of, with_collapsed
from stablebert.paper import METHOD_PARAMETERS, PrintedRow
from stablebert.project import Project, stored_rows
from stablebert.project.claimed import judge_claims_at_hand
from stablebert.project.holdings import Holdings
from stablebert.project.judging import MENDABLE, baseline_of, looks_of
from stablebert.report.session import SessionReport
from stablebert.runs import Cell, RunRow, parse_method
from stablebert.tables import Table

SOUND, FAILED = "sound", "failed"
STATES = (SOUND, COLLAPSED, FAILED)
ACCEPTED, COLLECTED, STORED, JUDGED = "accepted", "collected", "stored", "judged"
_LEDGER = re.compile(r"- (\d{4}-\d\d-\d\d) (.+?`): (.*)")
# pages of a checkout that say how far the gate is to be trusted, with their first lines
_DOCUMENTS = {"calibration.md": "# Calibration of the gate", "sensitivity.md": "# What the gate sees"}


@dataclass(frozen=True)
class SeenCell:
    """The runs of a cell as a page shows them.

    Attributes:
        cell: The cell.
        rows: Its runs in seed order, collapsed ones marked as failed for that reason.
        origin: `accepted`, `collected`, `stored`, or `judged`: a session's candidate, beside the accepted runs of its
            cell.
    """

    cell: Cell
    rows: tuple[RunRow, ...]
    origin: str = ACCEPTED

    @property
    def label(self) -> str:
        """What tells it from the other cells of its task and encoder."""
        cell = self.cell
        parts = (cell.length if cell.length != "3ep" else "", cell.precision if cell.precision != "fp32" else "")
        return " ".join(filter(None, (cell.method_id, *parts, self.origin if self.origin == JUDGED else "")))

    @property
    def panel(self) -> str:
        """What it shares a panel with: its task, and its encoder."""
        return f"{self.cell.task}, {self.cell.encoder}"


def state_of(row: RunRow) -> str:
    """Return whether a row is of a sound, a collapsed or a failed run."""
    if not row.failed:
        return SOUND
    return COLLAPSED if row.failed_reason == COLLAPSED else FAILED


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Attributes:
        date: Of the acceptance.
        subject: What it is about.
        words: What has changed, and why.
    """

    date: str
    subject: str
    words: str


@dataclass(frozen=True)
class Document:
    """A page of measurements, as far as it is shown.

    Attributes:
        path: Its file.
        title: Its first line.
        lead: Its first paragraph.
        table: Its first table of what the gate said; empty where there is none.
    """

    path: Path
    title: str
    lead: str
    table: Table


@dataclass(frozen=True)
class Content:
    """What a page is made of; what is empty is shown as missing.

    Attributes:
        session: What a session judged, or None.
        cells: The runs at hand, by encoder and task, methods in the paper's order.
        judged: The candidates' runs of the session, as far as they are stored.
        paths: What each look said of a judged cell, to the verdict, by cell id.
        series: What accepted runs did on their way.
        margins: Margins in points by cell, None where there is none.
        accepted: The baselines.
        claims: The paper's claims on the runs at hand.
        targets: Our runs against printed rows.
        printed: Every printed row.
        ledger: The history of acceptances.
        documents: Measurements of the gate itself.
    """

    session: SessionReport | None = None
    cells: tuple[SeenCell, ...] = ()
    judged: tuple[SeenCell, ...] = ()
    paths: Mapping[str, tuple[Verdict, ...]] = field(default_factory=dict)
    series: Mapping[Cell, tuple[RunSeries, ...]] = field(default_factory=dict)
    margins: Mapping[Cell, float | None] = field(default_factory=dict)
    accepted: tuple[Baseline, ...] = ()
    claims: tuple[ClaimOutcome, ...] = ()
    targets: tuple[TargetOutcome, ...] = ()
    printed: tuple[PrintedRow, ...] = ()
    ledger: tuple[Entry, ...] = ()
    documents: tuple[Document, ...] = ()

    @property
    def every(self) -> tuple[SeenCell, ...]:
        """The runs at hand and those that were judged, which stand behind the others of their cell."""
        return in_order([*self.cells, *self.judged])


def in_order(cells: Sequence[SeenCell]) -> tuple[SeenCell, ...]:
    """Return cells by encoder and task, methods in the paper's order, judged runs behind the accepted ones."""
    known = list(METHOD_PARAMETERS)

    def place(seen: SeenCell) -> tuple[str, str, int, str, bool]:
        name = parse_method(seen.cell.method)[0].name
        rank = known.index(name) if name in known else len(known)
        return seen.cell.encoder, seen.cell.task, rank, seen.cell.id, seen.origin == JUDGED

    return tuple(sorted(cells, key=place))


def gather(project: Project, session: SessionReport | None = None) -> Content:
    """Return what is at hand in a project; trains nothing.

    Args:
        project: Whose baselines and store.
        session: What a session of it judged.

    Raises:
        BaselineError: a baseline or its series are damaged.
        StoreError: a record is damaged.
        ValueError: one of the paper's tables is not there.
    """
    accepted = own_baselines(project.baselines)
    holdings = Holdings(project)
    rows = holdings.cells
    held = {cell: ACCEPTED if cell in accepted else COLLECTED for cell in holdings.kept}
    cells = in_order([_seen(cell, found, held.get(cell, STORED)) for cell, found in rows.items()])
    series = {one.cell: find_series(holdings.kept[one.cell]) for one in cells if one.cell in held}
    judged = {} if session is None else _judged(project, session)
    # a folder of one's own need not have the paper's tables
    has_tables = any((folder / "paper").is_dir() for folder in project.baselines)
    printed = project.paper.rows if has_tables else ()
    return Content(
        session=session,
        cells=cells,
        judged=in_order([candidate for candidate, _ in judged.values()]),
        paths={cell: path for cell, (_, path) in judged.items()},
        series={cell: found for cell, found in series.items() if found},
        margins={cell: project.margin(cell) for cell in accepted},
        accepted=tuple(accepted[one.cell] for one in cells if one.cell in accepted),
        claims=tuple(judge_claims_at_hand(project, "fp32", holdings)),
        targets=tuple(targets_of(rows, printed)),
        printed=tuple(printed),
        ledger=_ledger(project.baselines),
        documents=_documents(project.root / "docs"),
    )


def _seen(cell: Cell, rows: Rows, origin: str) -> SeenCell:
    return SeenCell(cell, with_collapsed(rows, line_of(rows)), origin)


def _judged(project: Project, session: SessionReport) -> dict[str, tuple[SeenCell, tuple[Verdict, ...]]]:
    """Return the runs behind verdicts and what each look said, where the store still has exactly these runs."""
    among = {cell: verdict for verdict in session.verdicts for cell in [_cell_of(verdict)] if cell is not None}
    found = {}
    for cell, verdict in among.items():
        baseline = baseline_of(project, cell)
        try:
            rows = stored_rows(project, cell, verdict.runs)
            looks = [look for look in looks_of(project, cell) if look <= len(rows)]
            path = tuple(project.judge(cell, rows[:look], [*among]) for look in looks)
        except MENDABLE:
            continue
        # the store may have other runs by the same seeds by now
        ends_so = path and (path[-1].status, path[-1].mean) == (verdict.status, verdict.mean)
        if ends_so and not isinstance(baseline, str):
            marked = with_collapsed(rows, line_of(baseline.rows))
            found[verdict.cell] = SeenCell(cell, marked, JUDGED), path
    return found


def _cell_of(verdict: Verdict) -> Cell | None:
    """Return the cell that a verdict is about; None of the pooled one, and of what was collected and is none."""
    try:
        return Cell.parse(verdict.cell)
    except ValueError:
        return None


def _ledger(folders: Sequence[Path]) -> tuple[Entry, ...]:
    path = next((folder / "LEDGER.md" for folder in folders if (folder / "LEDGER.md").is_file()), None)
    if path is None:
        return ()
    try:
        lines = map(_LEDGER.fullmatch, path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise BaselineError(f"{path} cannot be read: {error}") from error
    return tuple(Entry(line[1], line[2].replace("`", ""), line[3]) for line in lines if line)


def _documents(folder: Path) -> tuple[Document, ...]:
    return tuple(
        document
        for name, first in _DOCUMENTS.items()
        if (folder / name).is_file()
        for document in [_document(folder / name, first)]
        if document is not None
    )


def _document(path: Path, first: str) -> Document | None:
    """Return a document that begins with a line; None of one that begins otherwise, or is no text: it is another's."""
    try:
        title, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
    except (OSError, ValueError):
        return None
    if title != first:
        return None
    paragraphs = "\n".join(lines).strip().split("\n\n")
    tables = [_cells(part) for part in paragraphs if re.search(r"^\| -", part, re.MULTILINE)]
    table = next((table for table in tables if table and {"verdict", "PASS"} & {*table[0]}), [])
    return Document(path, title.removeprefix("# "), " ".join(paragraphs[0].split()).replace("`", ""), table)


def _cells(paragraph: str) -> Table:
    """Return the table in a paragraph of Markdown as plain text."""
    rows = [line.strip("|") for line in paragraph.splitlines() if line[:1] == "|" and line[:3] != "| -"]
    return [[text.strip().replace("`", "") for text in row.split("|")] for row in rows]
