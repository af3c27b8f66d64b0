"""The fixture `seeds`: its life beside a test."""

import pytest

from stablebert.scores import read_scores
from tests.plugin.seeds_module import GATE

pytest_plugins = ["pytester"]


def test_its_life(seeds_session):
    first = seeds_session()
    assert first.ret == 1
    assert (
        "there were no accepted scores; they are written now: test_model/test_it.csv (20 runs, mean 0.8" in first.text
    )
    assert first.trained == [*range(20)]
    same = seeds_session()
    assert same.ret == 0
    assert same.trained == [*range(6)]
    assert "identical, 6 seeds" in same.text
    changed = seeds_session(loss=0.001)
    assert (changed.ret, changed.trained) == (0, [*range(12)])
    assert "loses at most" in changed.text
    worse = seeds_session(loss=0.03)
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


def test_parameters_have_scores_of_their_own_and_workers_judge_them(seeds_session):
    test = """
@pytest.mark.parametrize("by", [0.0, 0.001])
def test_it(seeds, by):
    seeds.noninferior(lambda seed: train(seed) - by, margin=1.0)
"""
    seeds_session(test=test)
    assert sorted(path.name for path in seeds_session.file.parent.iterdir()) == ["test_it_0.0.csv", "test_it_0.001.csv"]
    found = seeds_session("-n", "2", test=test)
    assert found.ret == 0
    assert found.text.count("identical, 6 seeds") == 2
    assert seeds_session("-k", "0.001", test=test).ret == 0


def test_what_can_be_no_baseline_is_not_written(seeds_session):
    for plan, said in (
        ({"returns": 0.93}, "its 20 runs all score 0.93: the seed is ignored"),
        ({"raises": [*range(20)]}, "every run has failed, the first by RuntimeError: diverged"),
    ):
        found = seeds_session(**plan)
        assert found.ret == 1
        assert said in found.text
        assert not seeds_session.file.exists()


def test_what_ends_a_process_or_a_test_is_no_failed_run(accepted):
    stopped = accepted(interrupted=4)
    assert stopped.ret == pytest.ExitCode.INTERRUPTED
    skipping = """
def test_it(seeds):
    seeds.noninferior(lambda seed: pytest.skip("no data"), margin=1.0)
"""
    assert accepted(test=skipping).outcomes == {"skipped": 1}


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


def test_what_is_open_fails_unless_it_is_let_pass(accepted):
    given = {"loss": 0.004, "test": GATE.replace("1.0", "0.5")}
    found = accepted(**given)
    assert (found.ret, found.trained) == (1, [*range(20)])
    assert "INCONCLUSIVE: " in found.text
    assert accepted("--stablebert-inconclusive=pass", **given).outcomes == {"skipped": 1}


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
    # that modules are loaded already may be warned of
    result.assert_outcomes(passed=1)
    assert "stablebert seeds" not in "\n".join(result.outlines)
