"""The end of a session of gates: its verdict, the lines it prints, and what it leaves behind."""

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stablebert.baselines import changing, find_baseline, propose, write_candidate, write_proposal
from stablebert.gate import Status, Verdict, session_status
from stablebert.plugin.contract import ContractSession
from stablebert.plugin.items import SESSION
from stablebert.project import JudgedSession, Project, judge_session, stored_rows
from stablebert.project.judged_files import evidence_of
from stablebert.project.judging import MENDABLE, invalid
from stablebert.project.options import PREFIX
from stablebert.records import RunStore
from stablebert.report import (
    SessionReport,
    append_summary,
    note_lines,
    properties_of,
    proposal_lines,
    to_markdown,
    verdict_lines,
    write_report,
    write_verdicts,
)
from stablebert.runs import Cell, RunRow


def end_session(
    config: pytest.Config,
    project: Project,
    found: Sequence[dict[str, Any]],
    lost: Sequence[str],
    contract: ContractSession,
    failed: Sequence[str] = (),
) -> tuple[list[str], bool]:
    """Judge a session, write what it leaves, and return its closing lines and whether it fails.

    Args:
        config: Of the session.
        project: What judges.
        found: Verdicts of gates, as plain data.
        lost: Cell ids of gates that were collected and not judged.
        contract: Findings of the optimizer's contract.
        failed: Node ids of items that failed without a verdict: of a run, or of one whose worker died.
    """
    judged = gravest(map(Verdict.from_dict, found))
    known = config.stash.get(SESSION, None)

    def rows_of(cell: Cell, most: int | None = None) -> Sequence[RunRow]:
        # under xdist the rows that were read are in other processes
        return known.stored(cell, most) if known else stored_rows(project, cell, most)

    among = [*judged, *_cells_of(project, lost)]
    session = judge_session(project, judged, rows_of, [_lost(project, cell, among) for cell in lost], among)
    session = replace(session, status=_with_failed(_with_contract(session.status, contract), failed))
    notes = [*note_lines(session), *_failed_line(failed)]
    lines = [*verdict_lines(session.shown, session.budgets), *notes]
    gated = [cell for cell in judged if project.is_gated(cell)]
    lines += leave_candidates(project, gated, rows_of)
    waived = f" ({len(session.waived)} waived)" if session.waived else ""
    lines += [f"session: {session.status}{waived}", f"records: {project.store}"]
    if session.status is not Status.PASS:
        lines.append(_in_words(project))
    notes_left = [*notes, *contract.notes()]
    evidence = evidence_of(project, session.shown)
    report = SessionReport(session.status, session.shown, contract.evidence(), notes_left, evidence)
    lines += _write(config, project, report)
    if project.settings.accept:
        lines += accept_cells(project, gated)
        return [*lines, f"a session that accepts has no say: run it again without --{PREFIX}-accept"], True
    return lines, _fails(session, project)


def end_unjudged(
    config: pytest.Config, project: Project, measured: Sequence[str], contract: ContractSession, *, no_verdict: bool
) -> list[str]:
    """Write what a session without a judged gate leaves, and return its closing lines.

    Args:
        config: Of the session.
        project: Of the session.
        measured: What was measured, one line a cell.
        contract: Findings of the optimizer's contract.
        no_verdict: Whether there were runs or cells; else the contract was all that was asked for.
    """
    none = ["NO VERDICT: no gate was judged"] if no_verdict else []
    status = _with_contract(Status.PASS, contract)
    found = None if no_verdict and status is Status.PASS else status
    report = SessionReport(found, (), contract.evidence(), [*measured, *none, *contract.notes()])
    said = [] if status is Status.PASS else [f"session: {status}", _in_words(project)]
    return [*none, *said, *_write(config, project, report)]


def leave_candidates(project: Project, cells: Sequence[Cell], rows_of: Any) -> Iterator[str]:
    """Write a candidate for every gated cell that has runs and no baseline, and yield a line each.

    Args:
        project: Whose baselines.
        cells: The gated cells of the session.
        rows_of: From a cell to its stored rows.
    """
    settings = project.settings
    if settings.optimizer or settings.model or settings.against:
        return
    for cell in cells:
        try:
            if find_baseline(cell, project.baselines) is not None or project.printed(cell):
                continue
            rows = rows_of(cell)
            if rows:
                path = write_candidate(project.home, cell, rows)
                yield f"candidate: {path} ({len(rows)} seeds, not a baseline)"
        except (*MENDABLE, OSError) as error:
            yield f"candidate: {cell}: {error}"


def accept_cells(project: Project, cells: Sequence[Cell]) -> Iterator[str]:
    """Store the runs of gated cells as their baselines, and yield what changes, or why one is refused."""
    store = RunStore(project.store)
    for cell in cells:
        try:
            with changing(project.home, cell.id):
                proposal = propose(project.spec(cell), project.seeds, store, project.home)
                write_proposal(proposal, project.settings.why or "")
            yield from proposal_lines(proposal)
            yield f"accepted: {proposal.after.path}"
        except MENDABLE as error:
            yield f"not accepted: {error}"


def gravest(found: Iterable[Verdict]) -> dict[Cell, Verdict]:
    """Return one verdict a cell: of several, where items are repeated or each worker runs all, the gravest."""
    each: dict[str, list[Verdict]] = {}
    for verdict in found:
        each.setdefault(verdict.cell, []).append(verdict)
    worst = {cell: session_status(same, None) for cell, same in each.items()}
    return {
        Cell.parse(cell): next(one for one in same if one.status is worst[cell]) for cell, same in sorted(each.items())
    }


def _in_words(project: Project) -> str:
    return f"in words: {shlex.join(('stablebert', 'explain', '--store', str(project.store)))}"


def _cells_of(project: Project, lost: Sequence[str]) -> list[Cell]:
    """Return the cells among what was lost, which need not be one."""
    found = []
    for text in lost:
        try:
            found.append(Cell.parse(text))
        except ValueError:
            continue
    return [cell for cell in found if project.is_gated(cell)]


def _lost(project: Project, cell: str, among: Sequence[Cell]) -> Verdict:
    reason = "collected and not judged"
    try:
        return invalid(project, Cell.parse(cell), reason, among)
    except ValueError:
        return Verdict(cell, Status.INVALID, reason)


def _with_contract(status: Status, contract: ContractSession) -> Status:
    if contract.is_broken:
        # certain, whatever the runs say
        return Status.FAIL
    return Status.INVALID if contract.missing else status


def _with_failed(status: Status, failed: Sequence[str]) -> Status:
    # pytest exits with 1 for them, and one session has one verdict
    return Status.INVALID if failed and status is not Status.FAIL else status


def _failed_line(failed: Sequence[str]) -> list[str]:
    if not failed:
        return []
    some = ", ".join(failed[:3]) + (f" and {len(failed) - 3} more" if len(failed) > 3 else "")
    again = "mend what is said of them and run the session again: what was finished is in the store"
    return [f"failed without a verdict: {some}; {again}"]


def _fails(session: JudgedSession, project: Project) -> bool:
    undecided = session.status is Status.INCONCLUSIVE and project.settings.inconclusive == "fail"
    return undecided or session.status in (Status.FAIL, Status.INVALID)


def _write(config: pytest.Config, project: Project, report: SessionReport) -> list[str]:
    """Write what was judged, and return where the page is and what could not be written: the verdict stands without."""
    _add_to_junit(config, report)
    lines: list[str] = []
    try:
        write_verdicts(project.store, report)
        if project.settings.report is not None:
            write_report(project.settings.report, report)
            lines.append(_page(project, project.settings.report, report))
    except OSError as error:
        lines.append(f"verdicts not written: {error}")
    try:
        append_summary(os.environ, to_markdown(report))
    except OSError as error:
        lines.append(f"$GITHUB_STEP_SUMMARY not written: {error}")
    return lines


def _page(project: Project, folder: Path, report: SessionReport) -> str:
    """Write the page of a session beside its verdicts, and return where it is, or why there is none."""
    from stablebert.report.page import PageError, check_extra, gather, write_page

    try:
        check_extra()
        return f"page: {write_page(folder, gather(project, report))[0]}"
    except (*MENDABLE, PageError, OSError) as error:
        return f"no page: {error}"


def _add_to_junit(config: pytest.Config, report: SessionReport) -> None:
    """Add the session's and the pooled verdict to the test suite; those of cells are on their test cases."""
    pooled = (verdict for verdict in report.verdicts if verdict.unit == "margins")
    found = [
        (f"{PREFIX}_session", report.word),
        *(pair for one in pooled for pair in properties_of(one, f"{PREFIX}_pooled")),
    ]
    for _, plugin in config.pluginmanager.list_name_plugin():
        # pytest names no class for it, and its fixture for this does not reach the file under xdist
        add = getattr(plugin, "add_global_property", None)
        if add is not None:
            for name, value in found:
                add(name, value)
