"""One process of a session from its collection to its end: what was collected is judged, or the session fails."""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from stablebert.machine import is_continuous_integration, peak_memory
from stablebert.plugin.asked import judging_options, unanswered
from stablebert.plugin.cluster_runs import SessionCluster
from stablebert.plugin.contract import ContractSession
from stablebert.plugin.declared import DeclaredCells
from stablebert.plugin.faults import Faults
from stablebert.plugin.selection import Selection
from stablebert.project.options import PREFIX, Settings

if TYPE_CHECKING:
    from stablebert.project import Project

VERDICT = "stablebert_verdict"
_DEADLINE, _NOTE, _PEAK = "stablebert_deadline", "stablebert_selection", "stablebert_peak"
_NAME = "stablebert_session"


def now() -> float:
    """Return the seconds of the clock that all processes of a session share."""
    return time.time()


class Controller:
    """Listens to a session, and judges it at its end.

    A worker of pytest-xdist tells its controller what it has collected in a note, before any item begins: only workers
    know the items, and ids are no place to read facts from.

    Args:
        config: Of the session.
        settings: The options in force.
        contract: What becomes of the optimizer's contract.

    Attributes:
        settings: See above.
        contract: See above.
        deadline: When no look is begun any more, on the clock of `now`; None for never.
        name: What all processes of the session share, and no other session has.
        refused: Why the session must not begin, as far as collecting has shown, or None.
        declared: What the modules of the bench declare.
        faults: What befalls the session.
        cluster: Where runs are made, if not here.
    """

    def __init__(self, config: pytest.Config, settings: Settings, contract: ContractSession) -> None:
        self.settings = settings
        self.refused: str | None = None
        self.declared = DeclaredCells()
        self._config = config
        self.contract = contract
        given: Mapping[str, Any] | None = getattr(config, "workerinput", None)
        self._note = None if given is None else Path(given[_NOTE])
        self.deadline: float | None = given[_DEADLINE] if given is not None else _deadline(settings)
        self.name: str = given[_NAME] if given is not None else uuid.uuid4().hex
        self.faults = Faults(settings)
        self.cluster = SessionCluster(config, settings, self.name)
        self._selections: list[Selection] = []
        self._notes_lost = False
        self._evidence: dict[str, list[dict[str, Any]]] = {}
        self._summary: list[str] = []
        self._peaks: list[float] = []
        self._folder: TemporaryDirectory[str] | None = None

    @cached_property
    def project(self) -> "Project":
        """What judges, read when a bench first asks for it: other sessions pay nothing."""
        from stablebert.project.loading import project_of, see_working_directory

        see_working_directory()
        return project_of(self._config)

    def refuse(self, reason: str) -> None:
        """Take note of why the session must not begin."""
        self.refused = self.refused or reason

    def take(self, selection: Selection) -> None:
        """Take over what this process has collected.

        Raises:
            pytest.UsageError: the session must not begin.
        """
        if self._note is not None:
            self._note.write_text(json.dumps(selection.to_dict()), encoding="utf-8")
            return
        self._expect(selection)

    def pytest_report_collectionfinish(self) -> list[str]:
        """Say what is in force."""
        return self._header()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Fetch what runs need, in a session without workers."""
        if self._selections and self._note is None:
            self._fetch(session.config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker when the budget is spent, and where to say what it has collected."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="stablebert-")
        node.workerinput[_DEADLINE] = self.deadline
        node.workerinput[_NAME] = self.name
        node.workerinput[_NOTE] = str(Path(self._folder.name) / f"{node.gateway.id}.json")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any) -> None:
        """Take over what a worker has collected, before any of its items begins.

        Raises:
            pytest.UsageError: the session must not begin.
        """
        first = not self._selections
        try:
            said = json.loads(Path(node.workerinput[_NOTE]).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._notes_lost = True
            return
        self._expect(Selection.from_dict(said))
        if not first or not self.selection.is_bench:
            return
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        for line in self._header():
            reporter.write_line(line)
        self._fetch(self._config)
        scheduler: Any = getattr(self._config.pluginmanager.getplugin("dsession"), "sched", None)
        if getattr(scheduler, "maxschedchunk", 0) is None:
            # runs take minutes: a worker that hoards them would leave the others idle at the end
            scheduler.maxschedchunk = 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002
        """Take note of the memory that a worker has needed; one that crashed says nothing."""
        peak = getattr(node, "workeroutput", {}).get(_PEAK)
        if peak is not None:
            self._peaks.append(peak)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the verdicts that an item's report carries, each of its reports all that are there so far.

        An item that is repeated, or that each of several workers runs, forgets none of them.
        """
        found = [json.loads(str(value)) for name, value in report.user_properties if name == VERDICT]
        known = self._evidence.get(report.nodeid, [])
        if found:
            self._evidence[report.nodeid] = known + [one for one in found if one not in known]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge the session and set its exit status, before others write their reports."""
        if self._note is not None:
            output = session.config.workeroutput  # type: ignore[attr-defined]
            output[_PEAK] = peak_memory()
            return
        if self._folder is not None:
            self._folder.cleanup()
        taken = self.selection
        self._summary += taken.notes
        if session.config.option.collectonly or taken.refusal is not None:
            return
        self._summary += self.contract.lines()
        said = [item for nodeid in sorted(self._evidence) for item in self._evidence[nodeid]]
        measured = [item["measured"] for item in said if "measured" in item]
        self._summary += measured
        found = [item["verdict"] for item in said if "verdict" in item]
        lost = [cell for nodeid, cell in sorted(taken.gates.items()) if nodeid not in self._evidence]
        if self._notes_lost:
            lost.append("a worker that did not say what it has collected")
        # what was judged counts, whether or not it was known beforehand
        if found or lost:
            self._judge(session, found, lost)
        elif taken.is_bench:
            self._end_unjudged(session, measured, taken)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the table of verdicts, where the records lie, and what workers have needed."""
        if self.selection.trains and not self._config.option.collectonly:
            from stablebert.machine import peak_line

            peak = max(self._peaks, default=None) or peak_memory()
            self._summary += [] if peak is None else [peak_line(peak)]
        if self._summary:
            terminalreporter.section(PREFIX)
            for line in self._summary:
                terminalreporter.write_line(line)

    @property
    def selection(self) -> Selection:
        """What all processes have collected together."""
        whole = Selection()
        for one in self._selections:
            whole = Selection(
                gates=whole.gates | one.gates,
                runs=tuple(dict.fromkeys((*whole.runs, *one.runs))),
                laws=whole.laws | one.laws,
                seeds=whole.seeds or one.seeds,
                declared=max(whole.declared, one.declared),
                wheels=tuple(sorted({*whole.wheels, *one.wheels})),
                notes=tuple(dict.fromkeys((*whole.notes, *one.notes))),
                left_out=whole.left_out or one.left_out,
                refusal=whole.refusal or one.refusal,
            )
        return whole

    def _expect(self, selection: Selection) -> None:
        refusal = selection.refusal or unanswered(self._config, self.settings, selection)
        self._selections.append(replace(selection, refusal=refusal))
        if refusal is not None:
            raise pytest.UsageError(refusal)
        self.contract.expect(selection.laws)

    def _header(self) -> list[str]:
        # a quiet session has no header of pytest's either
        if not self.selection.is_bench or self.selection.refusal is not None or self._config.option.verbose < 0:
            return []
        from stablebert.plugin.header import header_of, path_lines

        trains = self.selection.trains and not self._config.option.collectonly
        return header_of(self.project) + (path_lines() if trains else [])

    def _fetch(self, config: pytest.Config) -> None:
        if config.option.collectonly:
            return
        from stablebert.assets import AssetError, fetch

        for name in self.selection.wheels:
            try:
                fetch(name)
            except AssetError as error:
                # an item that needs it says so; the others go on
                self._summary.append(str(error))

    def _judge(self, session: pytest.Session, found: list[dict[str, Any]], lost: list[str]) -> None:
        from stablebert.plugin.ending import end_session

        taken = self.selection
        failed_items = self.faults.failed(frozenset((*taken.runs, *taken.gates)))
        # an item that failed by its verdict has said why
        without = [
            nodeid for nodeid in failed_items if not any("verdict" in one for one in self._evidence.get(nodeid, ()))
        ]
        lines, failed = end_session(session.config, self.project, found, lost, self.contract, without)
        self._summary += lines
        if failed:
            _fail(session)

    def _end_unjudged(self, session: pytest.Session, measured: list[str], taken: Selection) -> None:
        from stablebert.plugin.ending import end_unjudged

        no_verdict = taken.trains or taken.left_out
        self._summary += end_unjudged(session.config, self.project, measured, self.contract, no_verdict=no_verdict)
        asked = is_continuous_integration() or judging_options(self._config.invocation_params.args)
        if self.contract.is_broken or self.contract.missing or (no_verdict and asked):
            _fail(session)


def _deadline(settings: Settings) -> float | None:
    budget = settings.budget
    return None if budget is None else now() + budget


def _fail(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
