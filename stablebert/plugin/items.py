"""What a run item and a gate item do."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stablebert.gate import Status, Verdict
from stablebert.plugin.checks import usable_waivers
from stablebert.plugin.controller import SESSION, VERDICT
from stablebert.plugin.reproducing import command_of_gate
from stablebert.plugin.selection import request_of
from stablebert.plugin.session import MENDABLE, BenchSession
from stablebert.project.budget import DEADLINE
from stablebert.project.options import Settings
from stablebert.project.requests import GateRequest, RunRequest, grid_names
from stablebert.report import properties_of

if TYPE_CHECKING:
    from stablebert.baselines.waivers import Waiver

_WAIVERS = pytest.StashKey["dict[str, Waiver]"]()


class BenchItem:
    """One item of a bench module with the session that it belongs to.

    Args:
        node: The pytest item.
        session: What this process knows.
        waivers: Cells that may FAIL.
    """

    def __init__(self, node: pytest.Item, session: BenchSession, waivers: "dict[str, Waiver]") -> None:
        self._node = node
        self._session = session
        self._waivers = waivers

    def run(self, request: RunRequest) -> None:
        """Make a run, or skip it where its cell is decided without it."""
        try:
            outcome = self._session.run(request)
        except MENDABLE as error:
            pytest.fail(f"{request.id}: {error}", pytrace=False)
        if isinstance(outcome, str):
            pytest.skip(outcome)

    def judge(self, gate: GateRequest) -> None:
        """Judge a cell: FAIL and INVALID fail the item, INCONCLUSIVE, a waived FAIL and cells not gated skip it."""
        if not self._session.gated[gate.id]:
            self._measure(gate)
        try:
            verdict = self._session.verdict(gate)
        except MENDABLE as error:
            verdict = Verdict(gate.id, Status.INVALID, str(error))
        verdict = replace(verdict, command=command_of_gate(self._node.config, self._node.nodeid, gate.id))
        cell = gate.cell
        evidence = {"verdict": verdict.to_dict(), "cell": [cell.task, cell.method, cell.length]}
        self._node.user_properties += [(VERDICT, json.dumps(evidence)), *properties_of(verdict)]
        if verdict.status is Status.INCONCLUSIVE:
            pytest.skip(verdict.sentence())
        if verdict.status is Status.FAIL and gate.id in self._waivers:
            pytest.skip(f"waived {self._waivers[gate.id]}; {verdict.sentence()}")
        if verdict.status is not Status.PASS:
            pytest.fail(f"{gate.id}: {verdict.sentence()}", pytrace=False)

    def _measure(self, gate: GateRequest) -> None:
        try:
            seen = self._session.measured(gate)
        except MENDABLE as error:
            pytest.fail(f"{gate.id}: {error}", pytrace=False)
        self._node.user_properties.append((VERDICT, json.dumps({"measured": f"{gate.id}: {seen}"})))
        pytest.skip(seen)


def bench_item(request: pytest.FixtureRequest, settings: Settings) -> BenchItem:
    """Return the item of a fixture request; the first of a process sets its session up."""
    config = request.config
    if SESSION not in config.stash:
        gates = [found for item in request.session.items if isinstance(found := request_of(item), GateRequest)]
        config.stash[SESSION] = BenchSession(
            settings, gates, grid_names(settings, config.rootpath), config.stash[DEADLINE]
        )
        config.stash[_WAIVERS] = usable_waivers(settings)
    return BenchItem(request.node, config.stash[SESSION], config.stash[_WAIVERS])
