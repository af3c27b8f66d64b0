"""The fixture `seeds`: its life beside a test, and what must never pass by accident."""

import json
import re
from dataclasses import replace

import pytest

# a session in this process forgets the modules that it is the first to load, and the next would have them twice
from stablebert.gate import Policy, rule  # noqa: F401
from stablebert.report import verdicts  # noqa: F401
from stablebert.scores import finished, read_scores, training  # noqa: F401
from tests.synthetic import wobble

pytest_plugins = ["pytester"]

MODULE = """
import json
import re
import random
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def train(seed):
    with (HERE / "trained.txt").open("a") as stream:
        stream.write(f"{{seed}}\\n")
    plan = json.loads((HERE / "plan.json").read_text())
    if seed == plan.get("interrupted"):
        raise KeyboardInterrupt
    if seed in plan.get("raises", []):
        raise RuntimeError("diverged")
    if "returns" in plan:
        return plan["returns"]
    score = plan["scores"][seed] - plan.get("loss", 0.0)
    return float("nan") if seed in plan.get("nan", []) else score


{test}
"""
GATE = """
def test_it(seeds):
    seeds.noninferior(train, margin=1.0)
"""
SCORES = [0.9 + wobble(seed, 0.005) for seed in range(20)]


@pytest.fixture
def session(pytester, monkeypatch):
    """A module with a gate over scores about 90 points; call it with pytest's arguments and what is planted."""
    for name in ("CI", "STABLEBERT_STORE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments, test=GATE, **plan):
        (pytester.path / "test_model.py").write_text(MODULE.format(test=test))
        (pytester.path / "plan.json").write_text(json.dumps({"scores": SCORES, **plan}))
        log = pytester.path / "trained.txt"
        log.unlink(missing_ok=True)
        result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments, no_reraise_ctrlc=True)
        result.trained = [int(line) for line in log.read_text().split()] if log.is_file() else []
        result.text = "\n".join(result.outlines)
        return result

    run.path = pytester.path
    run.file = pytester.path / "test_model" / "test_it.csv"
    return run


@pytest.fixture
def accepted(session):
    """The same with its scores accepted."""
    session()
    return session


def test_its_life(session):
    first = session()
    assert first.ret == 1
    assert (
        "there were no accepted scores; they are written now: test_model/test_it.csv (20 runs, mean 0.8" in first.text
    )
    assert first.trained == [*range(20)]
    same = session()
    assert same.ret == 0
    assert same.trained == [*range(6)]
    assert "identical, 6 seeds" in same.text
    changed = session(loss=0.001)
    assert (changed.ret, changed.trained) == (0, [*range(12)])
    assert "loses at most" in changed.text
    worse = session(loss=0.03)
    assert (worse.ret, worse.trained) == (1, [*range(6)])
    assert "test_it: FAIL: " in worse.text
    assert "accepted scores: test_model/test_it.csv" in worse.text


def test_it_is_renewed_with_a_reason(accepted):
    before = accepted.file.read_bytes()
    without = accepted("--stablebert-accept", loss=0.03)
    assert "--stablebert-accept needs a reason, which the file keeps: --stablebert-why" in without.text
    assert accepted.file.read_bytes() == before
    renewed = accepted("--stablebert-accept", "--stablebert-why=a smaller model", loss=0.03)
    assert renewed.ret == 1
    assert "accepted anew: test_model/test_it.csv (20 runs, mean 0.8" in renewed.text
    assert read_scores(accepted.file).header["why"] == "a smaller model"
    assert accepted(loss=0.03).ret == 0


def test_parameters_have_scores_of_their_own_and_workers_judge_them(session):
    test = """
@pytest.mark.parametrize("by", [0.0, 0.001])
def test_it(seeds, by):
    seeds.noninferior(lambda seed: train(seed) - by, margin=1.0)
"""
    session(test=test)
    assert sorted(path.name for path in session.file.parent.iterdir()) == ["test_it_0.0.csv", "test_it_0.001.csv"]
    found = session("-n", "2", test=test)
    assert found.ret == 0
    assert found.text.count("identical, 6 seeds") == 2
    assert session("-k", "0.001", test=test).ret == 0


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (
            {"returns": 0.93},
            "INVALID: the candidate's 6 runs all score 0.93: the seed is ignored",
        ),
        ({"scores": [0.9, 0.91] * 10}, "INVALID: the candidate's 6 runs repeat after 2: their seeds are reused"),
        ({"nan": [*range(20)]}, "FAIL: 6 of 6 runs failed, in the baseline 0 of 20"),
        ({"raises": [*range(20)]}, "FAIL: 6 of 6 runs failed, in the baseline 0 of 20"),
        ({"raises": [0, 2, 3, 5]}, "FAIL: 4 of 6 runs failed"),
        ({"returns": None}, "train(0): score is None; it must be a number"),
        ({"returns": "0.93 or so"}, "train(0): score is '0.93 or so'; it must be a number"),
        ({"returns": {"f1": 0.9}}, "it must be a score, or a mapping that has one"),
        ({"returns": True}, "train(0): score is True; it must be a number"),
    ],
)
def test_what_is_planted_in_the_runs_never_passes(accepted, plan, said):
    found = accepted(**plan)
    assert found.ret == 1
    assert said in found.text


def test_what_can_be_no_baseline_is_not_written(session):
    for plan, said in (
        ({"returns": 0.93}, "its 20 runs all score 0.93: the seed is ignored"),
        ({"raises": [*range(20)]}, "every run has failed, the first by RuntimeError: diverged"),
    ):
        found = session(**plan)
        assert found.ret == 1
        assert said in found.text
        assert not session.file.exists()


def test_what_ends_a_process_or_a_test_is_no_failed_run(accepted):
    stopped = accepted(interrupted=4)
    assert stopped.ret == pytest.ExitCode.INTERRUPTED
    skipping = """
def test_it(seeds):
    seeds.noninferior(lambda seed: pytest.skip("no data"), margin=1.0)
"""
    assert accepted(test=skipping).parseoutcomes() == {"skipped": 1}


def test_finished_runs_of_an_interrupted_session_are_not_made_again(accepted):
    accepted(interrupted=4, loss=0.001)
    again = accepted(loss=0.001)
    assert again.ret == 0
    assert again.trained == [*range(4, 12)]
    assert "note: runs of an earlier session, not made again: 4, since 20" in again.text
    # a verdict ends what is kept
    assert accepted(loss=0.001).trained == [*range(12)]


@pytest.mark.parametrize("change", ["code", "key", "baseline"])
def test_runs_that_something_else_has_made_are_made_again(accepted, change):
    accepted(interrupted=4)
    test = GATE
    if change == "code":
        test = f"{GATE}\n\n# a line more"
    elif change == "key":
        test = GATE.replace("margin=1.0", 'margin=1.0, key="data 2"')
    else:
        text = accepted.file.read_text().replace("# why: the first runs", "# why: others")
        accepted.file.write_text(text)
    found = accepted(test=test)
    assert found.trained == [*range(6)]
    # a key that is another has runs of its own, so that nothing was left out
    assert ("test_model.py has changed since" in found.text) == (change != "baseline" and change == "code")


def test_accepted_scores_planted_as_finished_runs_do_not_pass(accepted):
    accepted(interrupted=1)
    (kept,) = (accepted.path / ".stablebert" / "seeds").glob("*.jsonl")
    line = json.loads(kept.read_text())
    copied = [
        {**line, "row": {"seed": row, "score": score, "failed": False, "failed_reason": ""}}
        for row, score in enumerate(SCORES)
    ]
    kept.write_text("".join(f"{json.dumps(one)}\n" for one in copied))
    # the module as it was then, so that nothing else refuses them
    planted = accepted(interrupted=1)
    assert (planted.ret, planted.trained) == (1, [])
    assert "the candidate's 6 runs are the baseline's own" in planted.text


def test_an_edited_file_and_that_of_another_test_judge_nothing(accepted):
    text = accepted.file.read_text()
    accepted.file.write_text(text.replace("\n3,0.", "\n3,0.0"))
    assert "its rows are not those that were written" in accepted().text
    accepted.file.write_text(text.replace("# test: test_it", "# test: test_other"))
    assert "holds the accepted scores of 'test_other', not of 'test_it'" in accepted().text
    accepted.file.write_text("seed,score\n0,0.9\n")
    assert "does not begin with '# stablebert-scores 1'" in accepted().text
    accepted.file.write_text(text)
    assert accepted().ret == 0


@pytest.mark.parametrize(
    ("conftest", "arguments", "said"),
    [
        # as pytest-rerunfailures: the option, the mark, and what it does
        (
            "def pytest_addoption(parser):\n    parser.addoption('--reruns', type=int)\n",
            ["--reruns=2"],
            "a bench cannot be rerun until it passes: reruns is 2",
        ),
        (
            "import pytest\n\ndef pytest_collection_modifyitems(items):\n"
            "    items[0].add_marker(pytest.mark.flaky(reruns=3))\n"
            "def pytest_configure(config):\n    config.addinivalue_line('markers', 'flaky')\n",
            [],
            "a gate cannot be repeated",
        ),
        (
            "from _pytest.runner import runtestprotocol\n\n"
            "def pytest_runtest_protocol(item, nextitem):\n"
            "    runtestprotocol(item, nextitem=nextitem, log=False)\n"
            "    item._initrequest()\n"
            "    for report in runtestprotocol(item, nextitem=nextitem, log=False):\n"
            "        item.ihook.pytest_runtest_logreport(report=report)\n    return True\n",
            [],
            "was judged in this session: one test, one verdict",
        ),
        # as pytest-repeat
        (
            "import pytest\n\n@pytest.fixture\ndef __pytest_repeat_step_number(request):\n    return request.param\n\n"
            "def pytest_generate_tests(metafunc):\n    metafunc.fixturenames.append('__pytest_repeat_step_number')\n"
            "    metafunc.parametrize('__pytest_repeat_step_number', range(2), indirect=True)\n",
            [],
            "a gate cannot be repeated",
        ),
    ],
    ids=["option", "mark", "rerun", "count"],
)
def test_a_gate_is_not_repeated(accepted, conftest, arguments, said):
    (accepted.path / "conftest.py").write_text(conftest)
    found = accepted(*arguments)
    assert found.ret == 1
    assert said in found.text
    assert "passed" not in found.parseoutcomes()


def test_the_first_failure_ends_a_session_that_does_not_pass(accepted):
    test = GATE + GATE.replace("test_it", "test_then")
    found = accepted("-x", test=test, loss=0.03)
    assert found.ret == 1
    assert found.parseoutcomes() == {"failed": 1}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("pass", "test_it asks for `seeds` and judges nothing"),
        ("seeds.judge(train, margin=1.0); seeds.judge(train, margin=9.0)", "one test, one verdict"),
        ("seeds.noninferior(train, margin=-1.0)", "INVALID: the margin is -1.0; it must be > 0"),
    ],
)
def test_a_test_that_judges_nothing_or_twice_does_not_pass(accepted, body, said):
    found = accepted(test=f"def test_it(seeds):\n    {body}\n")
    assert found.ret == 1
    assert said in found.text


def test_what_is_open_fails_unless_it_is_let_pass(accepted):
    given = {"loss": 0.004, "test": GATE.replace("1.0", "0.5")}
    found = accepted(**given)
    assert (found.ret, found.trained) == (1, [*range(20)])
    assert "INCONCLUSIVE: " in found.text
    outcomes = accepted("--stablebert-inconclusive=pass", **given).parseoutcomes()
    # a session within this one may be told that its modules are loaded already
    assert {name: count for name, count in outcomes.items() if name != "warnings"} == {"skipped": 1}


def test_a_defect_can_be_planted_beside_the_gate(accepted):
    test = """
def test_it(seeds):
    assert seeds.judge(lambda seed: train(seed) - 0.03, margin=1.0).status == "FAIL"
"""
    assert accepted(test=test).ret == 0


def test_a_fixture_of_that_name_of_the_users_own_stands(pytester):
    pytester.makepyfile(
        "import pytest\n\n@pytest.fixture\ndef seeds():\n    return [1]\n\ndef test_it(seeds):\n    pass\n"
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    assert result.parseoutcomes() == {"passed": 1}
    assert "stablebert seeds" not in "\n".join(result.outlines)


# the tables of these tests have no loss, so that nothing is asked of it
NO_LOSS = Policy(endpoint="none")
MANY = """
@pytest.mark.parametrize("by", range({count}))
def test_it(seeds, by):
    seeds.noninferior(train, margin=1.0)


def test_without_a_gate():
    assert True
"""


def policies_of(session):
    """Return the digests of the policies of all verdicts in the JUnit file."""
    return set(re.findall(r'name="stablebert_policy" value="(\w+)"', (session.path / "junit.xml").read_text()))


@pytest.mark.parametrize("arguments", [(), ("-n", "2"), ("-k", "0"), ("-m", "not slow")])
def test_the_gates_of_a_session_share_its_alarms_whatever_is_selected(session, arguments):
    session(test=MANY.format(count=3))
    result = session("--junitxml=junit.xml", *arguments, test=MANY.format(count=3))
    assert result.ret == 0
    assert policies_of(session) == {replace(NO_LOSS, cells=3).digest}
    # the control: one gate has the whole of them
    assert replace(NO_LOSS, cells=3).digest != NO_LOSS.digest


def test_one_gate_has_all_alarms_and_other_tests_take_no_share(session):
    session(test=MANY.format(count=1))
    session("--junitxml=junit.xml", test=MANY.format(count=1))
    assert policies_of(session) == {NO_LOSS.digest}
