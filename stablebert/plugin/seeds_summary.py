"""A session with gates over training functions: how many they are, whether each has judged, and their verdicts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from stablebert.plugin.seeds_fixture import ASKED, COUNTED, EVIDENCE, GATES, Seeds
from stablebert.project.options import PREFIX


def _is_a_gate(item: pytest.Item) -> bool:
    """Return whether a test asks for this fixture, and not for one of its own by the same name."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for found in reversed(known.get("seeds") or ()):
        if getattr(found.func, "__annotations__", {}).get("return") is Seeds:
            return True
        # one that asks for the fixture in whose place it stands may hand it on
        if "seeds" not in found.argnames:
            return False
    return False


class SeedsSummary:
    """Listens to a session: counts its gates, and says their verdicts at the end, those of workers, too."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Count the tests that ask for seeds before -k or -m leaves some out, which makes no other rule of the rest."""
        gates = [item for item in items if _is_a_gate(item)]
        for item in gates:
            item.stash[COUNTED] = True
        config.stash[GATES] = len(gates) or 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Fail a test that asks for seeds and judges nothing: it would pass whatever is trained."""
        yield
        seeds = item.stash.get(ASKED, None)
        if seeds is not None and not seeds.has_judged:
            pytest.fail(f"{item.nodeid} asks for `seeds` and judges nothing", pytrace=False)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the verdict that a report carries."""
        for name, value in report.user_properties:
            if name == EVIDENCE:
                self._found[report.nodeid] = json.loads(str(value))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the verdicts."""
        if not self._found:
            return
        from stablebert.gate import Verdict
        from stablebert.report import verdict_lines

        said = [self._found[nodeid] for nodeid in sorted(self._found)]
        terminalreporter.section(f"{PREFIX} seeds")
        lines = verdict_lines([Verdict.from_dict(one["verdict"]) for one in said])
        for line in [*lines, *(f"note: {note}" for one in said for note in one["notes"])]:
            terminalreporter.write_line(line)
