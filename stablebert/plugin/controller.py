"""The end of a session: verdicts collected from every process, the pooled test, the table, the exit status."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from stablebert.plugin.checks import check_bench, named_fixtures
from stablebert.plugin.contract_session import ContractSession
from stablebert.plugin.header import header_of, path_lines
from stablebert.plugin.selection import Selection, needed_wheels, request_of
from stablebert.project.budget import DEADLINE, KEY, deadline_of
from stablebert.project.options import PREFIX, Settings
from stablebert.project.requests import baseline_spec, gate_request, grid_names, requested_cell

if TYPE_CHECKING:
    from stablebert.baselines.waivers import Waiver
    from stablebert.plugin.session import BenchSession

VERDICT = "stablebert_verdict"
SESSION: "pytest.StashKey[BenchSession]" = pytest.StashKey()
_SELECTION = "stablebert_selection"


class Controller:
    """Listens to a session, and judges it at its end.

    In a worker of pytest-xdist it only passes on what was left out.

    Args:
        config: Of the session.
        settings: The options in force.
        contract: What becomes of the optimizer's contract.

    Raises:
        pytest.UsageError: what `check_bench` refuses.

    Attributes:
        settings: See above.
        trains: Whether the session names a bench of runs.
    """

    def __init__(self, config: pytest.Config, settings: Settings, contract: ContractSession) -> None:
        self.settings = settings
        self._contract = contract
        self._worker = hasattr(config, "workerinput")
        fixtures = named_fixtures(config)
        self._bench, self.trains = bool(fixtures), "stablebert_bench" in fixtures
        self._gates: dict[str, str] = {}
        self._items = 0
        self._evidence: dict[str, dict[str, Any]] = {}
        self._selection = Selection()
        self._summary: list[str] = []
        config.stash[DEADLINE] = self._deadline = deadline_of(config, settings.budget)
        self._waivers: dict[str, Waiver] = {}
        if self._bench and not self._worker:
            self._waivers = check_bench(config, settings)
        if self._bench and getattr(config.option, "maxschedchunk", 0) is None:
            # runs take minutes: a worker that hoards them would leave the others idle at the end
            config.option.maxschedchunk = 1

    def took(self, selection: Selection, items: Sequence[pytest.Item]) -> None:
        """Take note of what this process has collected."""
        self._selection = selection
        self._expect([item.nodeid for item in items if request_of(item) is not None])

    def pytest_report_header(self, config: pytest.Config) -> list[str]:
        """Say what is in force."""
        lines = header_of(self.settings) if self._bench else []
        return lines + (path_lines() if self.trains and not config.option.collectonly else [])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Fetch what runs will need before workers start: under xdist only they will know what is selected."""
        options = session.config.option
        if self._worker or not self.trains or options.collectonly or getattr(options, "dist", "no") == "no":
            return
        if self.settings.profile == "mini":
            self._fetch({"texts"} | ({"minilm"} if self.settings.model is None else set()))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Fetch what the selected runs need, in a session without workers."""
        if not self._worker and not session.config.option.collectonly:
            self._fetch(needed_wheels(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker when the budget is spent."""
        node.workerinput[KEY] = self._deadline

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:  # noqa: ARG002
        """Take note of what the workers have collected: all have the same."""
        self._expect(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002
        """Take over what a worker has left out; one that crashed says nothing."""
        output = getattr(node, "workeroutput", {})
        if _SELECTION in output:
            notes, left_out, empty = output[_SELECTION]
            self._selection = Selection(tuple(notes), left_out, empty)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the verdict that a gate's report carries."""
        for name, value in report.user_properties:
            if name == VERDICT:
                self._evidence[report.nodeid] = json.loads(str(value))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge the session and set its exit status, before others write their reports."""
        taken = self._selection
        if self._worker:
            output = session.config.workeroutput  # type: ignore[attr-defined]
            output[_SELECTION] = (list(taken.notes), taken.left_out, taken.empty)
            return
        self._summary += taken.notes
        if session.config.option.collectonly:
            return
        self._summary += self._contract.lines()
        if taken.empty:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
            return
        measured = {nodeid: item["measured"] for nodeid, item in self._evidence.items() if "measured" in item}
        self._summary += measured.values()
        if self._gates.keys() - measured.keys():
            self._judge(session, {nodeid: item for nodeid, item in self._evidence.items() if nodeid not in measured})
            return
        no_verdict = self._items > 0 or taken.left_out
        if no_verdict:
            self._summary.append("NO VERDICT: no gate was judged")
        if self._contract.is_broken:
            self._summary.append("session: FAIL")
        if self._contract.is_broken or self._contract.missing or (no_verdict and _is_continuous_integration()):
            _fail(session)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the table of verdicts and where the records lie."""
        if self._summary:
            terminalreporter.section(PREFIX)
            for line in self._summary:
                terminalreporter.write_line(line)

    def _judge(self, session: pytest.Session, evidence: dict[str, dict[str, Any]]) -> None:
        from stablebert.bench import BenchCell
        from stablebert.gate import Status, Verdict, session_status
        from stablebert.plugin.leaving import accept_gates, leave_candidates
        from stablebert.plugin.outputs import leave_verdicts
        from stablebert.plugin.reproducing import command_of_gate, command_of_session
        from stablebert.plugin.session import MENDABLE, BenchSession
        from stablebert.project.standing import standing_of
        from stablebert.report import SessionReport, acting_waivers, note_lines, verdict_lines

        found = [evidence[nodeid] for nodeid in sorted(evidence)]
        verdicts = [Verdict.from_dict(item["verdict"]) for item in found]
        for nodeid in sorted(self._gates.keys() - self._evidence.keys()):
            bare = Verdict(self._gates[nodeid], Status.INVALID, "collected and not judged")
            verdicts.append(replace(bare, command=command_of_gate(session.config, nodeid, bare.cell)))
        cells = [BenchCell(task, method, length, ()) for task, method, length in (item["cell"] for item in found)]
        gates = [gate_request(cell, self.settings) for cell in cells]
        # under xdist the items' sessions are in other processes
        known = session.config.stash.get(SESSION, None)
        names = grid_names(self.settings, session.config.rootpath)
        bench = BenchSession(self.settings, gates, names, rows=known.rows if known else None)
        waived = acting_waivers(verdicts, self._waivers)
        judged = [verdict for verdict in verdicts if verdict.cell not in waived]
        try:
            pooled = bench.pooled(judged)
        except MENDABLE as error:
            pooled = Verdict("pooled", Status.INVALID, str(error))
            verdicts.append(pooled)
            judged.append(pooled)
        status = session_status(judged, pooled) if judged else Status.PASS
        if self._contract.missing:
            status = Status.INVALID
        if self._contract.is_broken:
            # certain, whatever the runs say
            status = Status.FAIL
        pooled = replace(pooled, command=command_of_session(session.config))
        shown = [*verdicts, pooled] if pooled.runs else verdicts
        pairs = ((gate.specs[0], baseline_spec(gate.cell, self.settings)) for gate in gates)
        standing = standing_of(pairs, self.settings.baselines)
        notes = note_lines(waived, standing)
        self._summary += [*verdict_lines(shown, standing.budgets), *notes, *leave_candidates(bench)]
        self._summary += [f"session: {status}{f' ({len(waived)} waived)' if waived else ''}"]
        self._summary.append(f"records: {self.settings.store}")
        if status is not Status.PASS:
            self._summary.append(f"in words: stablebert explain --store {self.settings.store}")
        report = SessionReport(status, shown, self._contract.evidence(), notes)
        self._summary += leave_verdicts(session.config, self.settings, report)
        if self.settings.accept:
            self._summary += accept_gates(bench)
            self._summary.append(f"a session that accepts has no say: run it again without --{PREFIX}-accept")
            _fail(session)
        undecided = status is Status.INCONCLUSIVE and self.settings.inconclusive == "fail"
        if undecided or status in (Status.FAIL, Status.INVALID):
            _fail(session)

    def _expect(self, nodeids: Iterable[str]) -> None:
        found = {nodeid: cell for nodeid in nodeids if (cell := requested_cell(nodeid)) is not None}
        self._items = max(self._items, len(found))
        self._gates |= {nodeid: cell for nodeid, cell in found.items() if "::test_gate[" in nodeid}

    def _fetch(self, wheels: Iterable[str]) -> None:
        from stablebert.assets import AssetError, fetch

        for name in sorted(wheels):
            try:
                fetch(name)
            except AssetError as error:
                # an item that needs it says so; the others go on
                self._summary.append(str(error))


def _fail(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_continuous_integration() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
