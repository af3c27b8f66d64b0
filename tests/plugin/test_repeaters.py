"""Plug-ins that repeat, shuffle, drop or soften items: what is worse never passes, and what is equal still does."""

from importlib.util import find_spec

import pytest

from stablebert.gate import Status, Verdict
from stablebert.plugin.ending import gravest
from stablebert.runs import Cell
from tests.plugin.fake_bench import FRESH

pytest_plugins = ["pytester"]

CELL = "trec_debiased"
WORSE = {CELL: 2.0}
# what the plug-ins below do, in a few lines each, so that it is held where none of them is installed
FAKES = {
    "a parameter that repeats every item": """
@pytest.fixture
def again():
    pass

def pytest_generate_tests(metafunc):
    metafunc.fixturenames.append("again")
    metafunc.parametrize("again", range(2), indirect=True)
""",
    "an item run twice, of which the last counts": """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for last in (False, True):
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    return True
""",
    "the last first": """
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.reverse()
""",
    "every failure a success": """
@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.outcome = "passed" if report.failed else report.outcome
    return report
""",
    "half of the items gone": """
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    del items[::2]
""",
    "every gate gone behind our back": """
@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    session.items[:] = [item for item in session.items if "test_gate" not in item.nodeid]
""",
    "a mark that expects failures": """
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.xfail)
""",
}
# by module: what pytest calls the plug-in, and what is asked of it
REAL = {
    "pytest_repeat": ("repeat", ["--count=2"]),
    "pytest_flakefinder": ("flakefinder", ["--flake-finder", "--flake-runs=2"]),
    "pytest_rerunfailures": ("rerunfailures", ["--reruns=2"]),
    "flaky": ("flaky", ["--force-flaky"]),
    "pytest_retry": ("pytest-retry", ["--retries=2"]),
    "pytest_loop": ("pytest-loop", ["--loop=2"]),
    "pytest_randomly": ("randomly", ["-p", "randomly"]),
    "random_order": ("random_order", ["--random-order"]),
    "pytest_reverse": ("pytest_reverse", ["--reverse"]),
    "pytest_split": ("pytest-split", ["--splits=1", "--group=1"]),
}


def judged(bench, pytester, plugin, **given):
    pytester.makepyfile(disturbing=f"import pytest\n{plugin}")
    return bench(FRESH, "-k", CELL, "-p", "disturbing", **given)


@pytest.mark.parametrize("plugin", FAKES.values(), ids=FAKES)
def test_no_disturbance_lets_what_is_worse_pass(plugin, bench, pytester, monkeypatch):
    # where a gate was taken away before anyone saw it there is no verdict, which is an error there
    monkeypatch.setenv("CI", "true")
    result = judged(bench, pytester, plugin, loss=WORSE)
    assert result.ret == 1
    assert "session: PASS" not in result.outlines


@pytest.mark.parametrize("name", ["a parameter that repeats every item", "an item run twice, of which the last counts"])
def test_an_equal_cell_that_is_repeated_passes_and_no_run_is_made_twice(name, bench, pytester):
    result = judged(bench, pytester, FAKES[name])
    result.stdout.fnmatch_lines(["session: PASS"])
    assert result.ret == 0
    assert len(result.trained) == len({*result.trained})


@pytest.mark.parametrize("module", REAL)
def test_no_plug_in_of_others_lets_what_is_worse_pass(module, bench, monkeypatch):
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed; a fake of its hooks is above")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    name, asked = REAL[module]
    worse = bench("-p", "stablebert.plugin", "-p", name, *asked, FRESH, "-k", CELL, loss=WORSE)
    assert worse.ret in (1, 4)
    assert "session: PASS" not in worse.outlines
    assert "INTERNALERROR" not in worse.stdout.str() + worse.stderr.str()


@pytest.mark.parametrize("outcomes", [["FAIL", "PASS"], ["PASS", "FAIL"], ["INCONCLUSIVE", "FAIL", "PASS"]])
def test_of_several_verdicts_on_a_cell_the_gravest_stands(outcomes):
    cell = Cell("trec")
    found = [Verdict(cell.id, Status(word), word) for word in outcomes]
    assert gravest(found)[cell].status is Status.FAIL
    # the control: each alone says what it says
    assert [gravest([one])[cell] for one in found] == found


def test_a_mark_that_repeats_changes_no_verdict(bench, pytester, monkeypatch):
    module = pytester.path / "bench" / "test_section4.py"
    module.write_text(f"import pytest\n\npytestmark = pytest.mark.flaky(reruns=2)\n{module.read_text()}")
    (pytester.path / "pytest.ini").write_text("[pytest]\nmarkers =\n    flaky: of others\n")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    there = ["-p", "rerunfailures"] if find_spec("pytest_rerunfailures") else []
    result = bench("-p", "stablebert.plugin", *there, FRESH, "-k", CELL, loss=WORSE)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["session: FAIL"])
