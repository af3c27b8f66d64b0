"""The fixture `seeds`: what is planted in runs, files and sessions is never a pass by accident."""

import json

import pytest

from stablebert.files import read_note, write_note
from tests.plugin.seeds_module import GATE, MODULE, SCORES

pytest_plugins = ["pytester"]


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


def test_accepted_scores_planted_as_finished_runs_do_not_pass(accepted):
    accepted(interrupted=1)
    (kept,) = (accepted.path / ".stablebert" / "seeds").glob("*.jsonl")
    line = json.loads(str(read_note(kept)))
    copied = [
        {**line, "row": {"seed": row, "score": score, "failed": False, "failed_reason": ""}}
        for row, score in enumerate(SCORES)
    ]
    # sealed as the fixture seals its own
    write_note(kept, "".join(f"{json.dumps(one)}\n" for one in copied))
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
    assert "passed" not in found.outcomes


def test_the_first_failure_ends_a_session_that_does_not_pass(accepted):
    test = GATE + GATE.replace("test_it", "test_then")
    found = accepted("-x", test=test, loss=0.03)
    assert found.ret == 1
    assert found.outcomes == {"failed": 1}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("pass", "test_it asks for `seeds` and judges nothing"),
        ("seeds.judge(train, margin=1.0); seeds.judge(train, margin=9.0)", "one test, one verdict"),
        ("with pytest.raises(Exception): seeds.noninferior(train, margin=1.0)", "DID NOT RAISE"),
        ("seeds.noninferior(train, margin=-1.0)", "INVALID: the margin is -1.0; it must be > 0"),
    ],
)
def test_a_test_that_judges_nothing_or_twice_does_not_pass(accepted, body, said):
    found = accepted(test=f"def test_it(seeds):\n    {body}\n")
    assert found.ret == 1
    assert said in found.text


def test_a_unittest_that_judges_nothing_does_not_pass(accepted):
    case = """
import unittest


class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _given(self, seeds):
        self.seeds = seeds

    def test_it(self):
        {body}
"""
    found = accepted(test=case.format(body="pass"))
    assert (found.ret, "TestCase::test_it asks for `seeds` and judges nothing" in found.text) == (1, True)
    assert accepted(test=case.format(body="self.skipTest('no data')")).outcomes == {"skipped": 1}
    # the control: it judges
    (accepted.file.parent / "TestCase.test_it.csv").write_text(
        accepted.file.read_text().replace("# test: test_it", "# test: TestCase::test_it")
    )
    assert accepted(test=case.format(body="self.seeds.noninferior(train, margin=1.0)")).outcomes == {"passed": 1}


@pytest.mark.parametrize(
    "test",
    [
        "@pytest.fixture\ndef gate(seeds):\n    return seeds\n\n\ndef test_it(gate):\n    pass\n",
        "def test_it(request):\n    request.getfixturevalue('seeds')\n",
    ],
    ids=["fixture", "by-name"],
)
def test_a_test_that_gets_seeds_from_elsewhere_and_judges_nothing_does_not_pass(accepted, test):
    found = accepted(test=test)
    assert found.ret == 1
    assert "test_it asks for `seeds` and judges nothing" in found.text
    # the control: it judges, unless nothing showed that it would (see test_seeds_alarms.py)
    judging = test.replace("    pass", "    gate.noninferior(train)").replace(
        "('seeds')", "('seeds').noninferior(train)"
    )
    found = accepted(test=judging)
    assert (found.ret, "was not counted" in found.text) == ((0, False) if "gate(" in test else (1, True))


@pytest.mark.parametrize("mode", ["load", "loadscope", "loadgroup", "worksteal", "each"])
def test_a_loss_fails_however_tests_are_dealt_out(accepted, mode):
    words = ("-n", "2", "--dist", mode)
    test = f'@pytest.mark.xdist_group("gpu"){GATE}' if mode == "loadgroup" else GATE
    worse = accepted(*words, test=test, loss=0.03)
    assert worse.ret == 1
    assert "passed" not in worse.outcomes
    # the control
    same = accepted(*words, test=test)
    assert (same.ret, "failed" in same.outcomes) == (0, False)


def test_two_tests_that_would_share_a_file_do_not_judge_by_each_others_scores(seeds_session):
    test = """
@pytest.mark.parametrize("by", [0.0, 0.03], ids=["a b", "a_b"])
def test_it(seeds, by):
    seeds.noninferior(lambda seed: train(seed) - by, margin=1.0)
"""
    first = seeds_session(test=test)
    said = "test_it_a_b.csv holds the accepted scores of 'test_it[a b]', not of 'test_it[a_b]'"
    assert (first.ret, said in first.text) == (1, True)
    # nor does accepting write over the other's
    before = (seeds_session.file.parent / "test_it_a_b.csv").read_bytes()
    again = seeds_session("--stablebert-accept", "--stablebert-why=anew", "-k", "a_b", test=test)
    assert (again.ret, said in again.text) == (1, True)
    assert (seeds_session.file.parent / "test_it_a_b.csv").read_bytes() == before
    assert seeds_session(test=test).outcomes == {"passed": 1, "failed": 1}


def test_classes_have_scores_of_their_own(seeds_session):
    test = """
class TestSmall:
    by = 0.0

    def test_it(self, seeds):
        seeds.noninferior(lambda seed: train(seed) - self.by, margin=1.0)


class TestLarge(TestSmall):
    by = 0.03
"""
    seeds_session(test=test)
    assert sorted(path.name for path in seeds_session.file.parent.iterdir()) == [
        "TestLarge.test_it.csv",
        "TestSmall.test_it.csv",
    ]
    assert seeds_session(test=test).outcomes == {"passed": 2}
    # the control: the one given the other's loss
    worse = test.replace("by = 0.0\n", "by = 0.03\n")
    assert seeds_session(test=worse).outcomes == {"passed": 1, "failed": 1}


def test_modules_of_one_name_in_two_packages_have_scores_of_their_own(accepted):
    body = MODULE.format(test=GATE).replace("Path(__file__).parent", f"Path({str(accepted.path)!r})")
    for folder in (accepted.path / "other", accepted.path / "other" / "deep"):
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "test_model.py").write_text(body)
    # the accepted scores of the first judge neither of the others
    first = accepted()
    assert first.outcomes == {"passed": 1, "failed": 2}
    assert accepted().outcomes == {"passed": 3}
    assert accepted(loss=0.03).outcomes == {"failed": 3}


def test_scores_are_not_made_where_nobody_can_commit_or_write_them(seeds_session, monkeypatch):
    (seeds_session.path / "test_model").write_text("a file")
    blocked = seeds_session()
    assert (blocked.ret, blocked.trained) == (1, [])
    assert "test_model/test_it.csv: " in blocked.text
    assert "is no folder that can be written to" in blocked.text
    (seeds_session.path / "test_model").unlink()
    monkeypatch.setenv("CI", "true")
    found = seeds_session()
    assert (found.ret, found.trained, seeds_session.file.exists()) == (1, [], False)
    assert "there are no accepted scores: test_model/test_it.csv; CI makes none" in found.text
    # the control: asked for, they are made in CI, too, and judge there
    seeds_session("--stablebert-accept", "--stablebert-why=made by a job")
    assert seeds_session().ret == 0


def test_too_few_scores_are_not_accepted(seeds_session):
    found = seeds_session("--stablebert-seeds=2")
    assert (found.ret, seeds_session.file.exists()) == (1, False)
    assert "test_it.csv has 2 runs; a baseline is a distribution, of at least 3" in found.text


def test_a_renamed_module_is_told_of_the_scores_that_it_had(accepted):
    accepted.file.parent.rename(accepted.path / "test_old")
    found = accepted(loss=0.03)
    assert found.ret == 1
    assert "test_old/test_it.csv is of test_old.py, which is no longer there" in found.text


def test_a_renamed_test_does_not_pass_and_is_told_of_the_scores_that_it_had(accepted):
    renamed = GATE.replace("test_it", "test_new")
    old = accepted.file.read_text()
    found = accepted(test=renamed, loss=0.03)
    assert found.ret == 1
    assert "test_it.csv beside it is of 'test_it', which the module has no longer" in found.text
    # what it is told to do judges it by the old scores
    accepted.file.rename(accepted.file.with_name("test_new.csv"))
    accepted.file.with_name("test_new.csv").write_text(old.replace("# test: test_it", "# test: test_new"))
    assert "test_new: FAIL: " in accepted(test=renamed, loss=0.03).text
    assert accepted(test=renamed).ret == 0
    # the control: scores of a test that is still there are no one's
    added = accepted(test=renamed + GATE)
    assert "which the module has no longer" not in added.text
