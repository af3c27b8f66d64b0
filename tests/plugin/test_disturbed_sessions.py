"""Sessions in part, in another order, another locale, by another clock: never a pass that a clean session would not give."""

import json

import pytest

from tests.plugin.fake_bench import CONFTEST, FRESH

pytest_plugins = ["pytester"]

WORSE = {"trec_debiased": 2.0}
BOTH = ("-k", "trec_debiased or trec_reinit")
FAILING = "bench/test_section4.py::test_gate[trec_debiased_3ep_minilm_fp32]"
PASSING = "bench/test_section4.py::test_gate[trec_reinit_3ep_minilm_fp32]"
SELECTIONS = (
    ["-x"],
    ["--lf"],
    ["--ff"],
    ["--nf"],
    ["--sw"],
    ["--sw", "--sw-skip"],
)
CLOCK = """

import stablebert.plugin.items as items

_asked = []


def jumping():
    _asked.append(1)
    return time.time() + (0 if len(_asked) < 4 else {jump})


items.now = jumping
"""


def verdicts(pytester):
    left = json.loads((pytester.path / ".stablebert" / "runs" / "verdicts.json").read_text())
    return left["session"], left["verdicts"]


@pytest.fixture
def failed_before(bench, pytester, monkeypatch):
    """A session in which one cell of two has failed, and whose runs and cache are there."""
    monkeypatch.setenv("CI", "true")
    assert bench(FRESH, *BOTH, loss=WORSE).ret == 1
    return bench


def test_no_selection_of_pytests_own_lets_a_failing_cell_pass(failed_before):
    # one after the other on one cache, so that each meets what the others have left
    for options in SELECTIONS:
        result = failed_before(FRESH, *BOTH, *options, loss=WORSE)
        # stepwise interrupts a session, and pytest then exits with 2
        status = pytest.ExitCode.INTERRUPTED if options == ["--sw"] else pytest.ExitCode.TESTS_FAILED
        assert (options, result.ret) == (options, status)
        assert "session: PASS" not in result.outlines


def test_the_failing_cell_alone_fails_and_the_other_alone_is_judged_alone(failed_before, pytester):
    failing = pytester.runpytest_subprocess(FAILING, FRESH)
    assert failing.ret == 1
    failing.stdout.fnmatch_lines(["session: FAIL"])
    # what is left out of a session is not judged by it: this is what a clean session of the one cell says
    passing = pytester.runpytest_subprocess(PASSING, FRESH)
    assert passing.ret == 0
    passing.stdout.fnmatch_lines(["trec_reinit*PASS*12/20*", "session: PASS"])


def test_every_gate_deselected_is_no_verdict(failed_before, pytester):
    result = failed_before(FRESH, *BOTH, "--deselect", "bench/test_section4.py::test_gate", loss=WORSE)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["NO VERDICT*"])


@pytest.mark.parametrize("mode", ["load", "loadscope", "loadfile", "loadgroup", "worksteal", "each", "no"])
def test_no_mode_of_distribution_lets_what_is_worse_pass(mode, bench):
    result = bench(FRESH, "-n", "2", "--dist", mode, "-k", "trec_debiased", loss=WORSE)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["session: FAIL"])
    assert len(result.trained) == len({*result.trained})


def test_hash_seed_and_locale_change_no_word_of_a_verdict(bench, pytester, monkeypatch):
    left = []
    for seed, locale in (("0", "C"), ("4242", "tr_TR.UTF-8")):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        monkeypatch.setenv("LC_ALL", locale)
        monkeypatch.setenv("PYTHONUTF8", "0")
        bench(FRESH, *BOTH, f"--stablebert-store=runs{seed}", loss=WORSE)
        found = json.loads((pytester.path / f"runs{seed}" / "verdicts.json").read_text())
        left.append(json.dumps(found["verdicts"], sort_keys=True).replace(f"runs{seed}", "runs"))
    assert left[0] == left[1]


@pytest.mark.parametrize(("jump", "word"), [(7200, "INCONCLUSIVE"), (-7200, "PASS")])
def test_a_clock_that_jumps_spends_the_budget_or_gives_more_and_never_passes_what_is_open(
    jump, word, bench, pytester, monkeypatch
):
    jumps = CONFTEST.replace("\n\ndef obtain", f"{CLOCK.replace('{jump}', str(jump))}\n\ndef obtain")
    monkeypatch.setattr("tests.plugin.fake_bench.CONFTEST", jumps)
    result = bench(FRESH, "-k", "trec_debiased", "--stablebert-budget=1h")
    assert verdicts(pytester)[0] == word
    assert result.ret == (0 if word == "PASS" else 1)
