"""What a judged session leaves behind: in the store, in the report folder, for a CI job, in JUnit's XML."""

import json
import sys
from xml.etree import ElementTree

import pytest

from stablebert.report import explain, read_verdicts
from tests.plugin.fake_bench import FRESH

pytest_plugins = ["pytester"]

CELL = "trec_debiased_3ep_minilm_fp32"
GIVEN = (FRESH, "--stablebert-seeds=6", "-k", "trec_debiased or trec_reinit")
WORSE = {"trec_reinit": 2.0}


@pytest.fixture
def summary(pytester, monkeypatch):
    path = pytester.path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def properties(element):
    return {entry.get("name"): entry.get("value") for entry in element.findall("properties/property")}


def test_two_processes_leave_everything_once(bench, pytester, summary):
    result = bench(*GIVEN, "-n", "2", "--stablebert-report=out", "--junitxml=junit.xml", loss=WORSE)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["session: FAIL", "in words: stablebert explain --store *"])
    assert summary.read_text().count("### stablebert: FAIL") == 1
    assert summary.read_text() == (pytester.path / "out" / "verdicts.md").read_text() + "\n"
    stored = read_verdicts(pytester.path / ".stablebert" / "runs" / "verdicts.json")
    assert stored == read_verdicts(pytester.path / "out" / "verdicts.json")
    assert [verdict.cell for verdict in stored][-1] == "pooled"
    # the page has the way to each verdict, from the store that both processes wrote
    result.stdout.fnmatch_lines(["page: *out/report.html"])
    looks = (pytester.path / "out" / "pictures" / "looks.csv").read_text().splitlines()[1:]
    ends = {line.split(",")[0]: line.split(",")[2] for line in looks}
    assert ends == {verdict.cell: str(verdict.status) for verdict in stored[:-1]}
    assert all(explain(verdict) for verdict in stored)

    suite = next(ElementTree.parse(pytester.path / "junit.xml").iter("testsuite"))
    assert properties(suite)["stablebert_session"] == "FAIL"
    assert properties(suite)["stablebert_pooled_unit"] == "margins"
    cases = {case.get("name"): properties(case) for case in suite.iter("testcase")}
    for verdict in stored[:-1]:
        found = cases[f"test_gate[{verdict.cell}]"]
        assert found["stablebert_status"] == str(verdict.status)
        assert found["stablebert_difference"] == str(verdict.difference)
        assert found["stablebert_command"] == verdict.command
        assert json.loads(found["stablebert_verdict"])["verdict"] == json.loads(json.dumps(verdict.to_dict()))
    assert cases[f"test_run[{CELL}_s100]"] == {}


def test_the_command_that_is_given_reaches_the_same_verdict(bench, pytester):
    # the command reads the conftest of the bench, which replaces functions for good: not in this process
    def run(*words):
        program = "import sys; from stablebert.cli import main; sys.exit(main())"
        return pytester.run(sys.executable, "-c", program, *words, "--json")

    assert "stablebert explain" not in bench(*GIVEN).stdout.str()
    path = pytester.path / ".stablebert" / "runs" / "verdicts.json"
    first = {verdict.cell: verdict for verdict in read_verdicts(path)}
    # one cell by itself would be asked for more: the command names them all
    command = first[CELL].command
    reinit = CELL.replace("debiased", "reinit")
    assert command == f"stablebert gate {CELL} {reinit} --seed-block 100 --seeds 6"
    assert {verdict.command for verdict in first.values()} == {command}
    given = run(*command.split()[1:])
    assert given.ret == 0
    assert json.loads(given.stdout.str()) == json.loads(json.dumps([verdict.to_dict() for verdict in first.values()]))
    # the control
    assert run("gate", CELL, *command.split()[4:]).ret == 3


def test_a_gate_that_was_not_judged_has_its_command_too(bench, pytester):
    bench(*GIVEN, "-x", broken=[101])
    lost = [
        verdict
        for verdict in read_verdicts(pytester.path / ".stablebert" / "runs" / "verdicts.json")
        if verdict.reason == "collected and not judged"
    ]
    assert lost
    assert all(f" {verdict.cell} " in verdict.command for verdict in lost)


def test_what_cannot_be_written_is_said_and_changes_no_verdict(bench, pytester, summary):
    summary.mkdir()
    (pytester.path / "out").touch()
    result = bench(FRESH, "-k", "trec_debiased", "--stablebert-report=out")
    result.stdout.fnmatch_lines(["session: PASS", "verdicts not written: *", "$GITHUB_STEP_SUMMARY not written: *"])
    assert result.ret == 0


def test_a_session_that_judges_nothing_leaves_nothing(bench, pytester, summary):
    bench("--collect-only", "-q")
    assert not summary.exists()
    assert not (pytester.path / ".stablebert" / "runs" / "verdicts.json").exists()
