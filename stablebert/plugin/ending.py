"""The end of a session of gates: its verdict, the lines it prints, and what it leaves behind."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from stablebert.baselines import find_baseline, propose, write_candidate, write_proposal
from stablebert.gate import Status, Verdict
from stablebert.plugin.contract import ContractSession
from stablebert.plugin.items import SESSION
from stablebert.project import JudgedSession, Project, judge_session, stored_rows
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
) -> tuple[list[str], bool]:
    """Judge a session, write what it leaves, and return its closing lines and whether it fails.

    Args:
        config: Of the session.
        project: What judges.
        found: Verdicts of gates, as plain data.
        lost: Cell ids of gates that were collected and not judged.
        contract: Findings of the optimizer's contract.
    """
    judged = {Cell.parse(one.cell): one for one in map(Verdict.from_dict, found)}
    known = config.stash.get(SESSION, None)

    def rows_of(cell: Cell, most: int | None = None) -> Sequence[RunRow]:
        # under xdist the rows that were read are in other processes
        return known.stored(cell, most) if known else stored_rows(project, cell, most)

    among = [*judged, *_cells_of(project, lost)]
    session = judge_session(project, judged, rows_of, [_lost(project, cell, among) for cell in lost], among)
    session = replace(session, status=_with_contract(session.status, contract))
    notes = note_lines(session)
    lines = [*verdict_lines(session.shown, session.budgets), *notes]
    gated = [cell for cell in judged if project.is_gated(cell)]
    lines += leave_candidates(project, gated, rows_of)
    waived = f" ({len(session.waived)} waived)" if session.waived else ""
    lines += [f"session: {session.status}{waived}", f"records: {project.store}"]
    if session.status is not Status.PASS:
        lines.append(f"in words: stablebert explain --store {project.store}")
    report = SessionReport(session.status, session.shown, contract.evidence(), notes)
    lines += _write(config, project, report)
    if project.settings.accept:
        lines += accept_cells(project, gated)
        return [*lines, f"a session that accepts has no say: run it again without --{PREFIX}-accept"], True
    return lines, _fails(session, project)


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
            proposal = propose(project.spec(cell), project.seeds, store, project.home)
            yield from proposal_lines(proposal)
            write_proposal(proposal, project.settings.why or "")
            yield f"accepted: {proposal.after.path}"
        except MENDABLE as error:
            yield f"not accepted: {error}"


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


def _fails(session: JudgedSession, project: Project) -> bool:
    undecided = session.status is Status.INCONCLUSIVE and project.settings.inconclusive == "fail"
    return undecided or session.status in (Status.FAIL, Status.INVALID)


def _write(config: pytest.Config, project: Project, report: SessionReport) -> list[str]:
    """Write what was judged, and return what could not be written: the verdict stands without it."""
    _add_to_junit(config, report)
    problems = []
    try:
        write_verdicts(project.store, report)
        if project.settings.report is not None:
            write_report(project.settings.report, report)
    except OSError as error:
        problems.append(f"verdicts not written: {error}")
    try:
        append_summary(os.environ, to_markdown(report))
    except OSError as error:
        problems.append(f"$GITHUB_STEP_SUMMARY not written: {error}")
    return problems


def _add_to_junit(config: pytest.Config, report: SessionReport) -> None:
    """Add the session's and the pooled verdict to the test suite; those of cells are on their test cases."""
    pooled = (verdict for verdict in report.verdicts if verdict.unit == "margins")
    found = [
        (f"{PREFIX}_session", str(report.status)),
        *(pair for one in pooled for pair in properties_of(one, f"{PREFIX}_pooled")),
    ]
    for _, plugin in config.pluginmanager.list_name_plugin():
        # pytest names no class for it, and its fixture for this does not reach the file under xdist
        add = getattr(plugin, "add_global_property", None)
        if add is not None:
            for name, value in found:
                add(name, value)
