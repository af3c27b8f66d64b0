"""What may befall a session: table, JSON and exit status say one thing, and nothing that is finished is lost."""

import json

import pytest

from tests.plugin.fake_bench import CONFTEST, FRESH

pytest_plugins = ["pytester"]
CELL = "trec_debiased"
KILLER = """
import os, signal
from pathlib import Path
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    killed = Path(__file__).with_name("killed")
    if "s103" in item.nodeid and not killed.exists():
        killed.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return (yield)
"""
HANGS = """

_ends = train


def train(spec):
    if spec.seed == 102:
        time.sleep(600)
    return _ends(spec)
"""
OPTIMIZER = """
import os, sys, torch
{at_import}

class Ending(torch.optim.AdamW):
    def step(self, closure=None):
        {at_step}
"""
ENDS = {
    "leaves at import": ("sys.exit(0)", "pass", 4, "*their_ending would end the process (SystemExit: 0)*"),
    "leaves at its first update": ("", "raise SystemExit(0)", 4, "*a first update raised SystemExit: 0*"),
    "ends without a word": ("", "os._exit(0)", 2, "*code of others has ended the process (exit status 0)*"),
}


def verdicts(pytester):
    return json.loads((pytester.path / ".stablebert" / "runs" / "verdicts.json").read_text())


def test_a_killed_worker_gives_one_verdict(bench, pytester):
    pytester.makepyfile(killer=KILLER)
    result = bench(FRESH, "-k", CELL, "-n", "2", "-p", "killer")
    result.stdout.fnmatch_lines(["failed without a verdict: *s103*run the session again*", "session: INVALID"])
    assert verdicts(pytester)["session"] == "INVALID"
    assert result.ret == 1
    # the control: the same session again, in which nobody is killed, has all that was finished and passes
    again = bench(FRESH, "-k", CELL, "-n", "2", "-p", "killer")
    again.stdout.fnmatch_lines(["session: PASS"])
    assert verdicts(pytester)["session"] == "PASS"
    assert again.ret == 0
    assert not {*again.trained} & {*result.trained}


def test_a_run_that_fails_is_made_once_and_only_its_cell_is_invalid(bench):
    result = bench(FRESH, "-n", "2", "-k", "trec_debiased or sms_debiased", broken=[102])
    assert sum("s102" in line for line in result.trained) == 2
    assert len(result.trained) == len({*result.trained})
    # two runs and two gates fail, and no run of another seed does
    assert result.parseoutcomes()["failed"] == 4
    result.stdout.fnmatch_lines(["session: INVALID"])


def test_a_seed_that_hangs_is_invalid_and_never_a_failed_run(bench, monkeypatch):
    hangs = CONFTEST.replace("\n\ndef obtain", f"{HANGS}\n\ndef obtain")
    monkeypatch.setattr("tests.plugin.fake_bench.CONFTEST", hangs)
    result = bench(FRESH, "-k", CELL, "--stablebert-run-timeout=1s")
    result.stdout.fnmatch_lines(["trec_debiased*: the run has not ended within its 1 s*", "session: INVALID"])
    assert result.ret == 1
    # once for its item and its gate, and what ended is kept
    assert not any("s102" in line for line in result.trained)
    monkeypatch.setattr("tests.plugin.fake_bench.CONFTEST", CONFTEST)
    again = bench(FRESH, "-k", CELL, "--stablebert-run-timeout=60s")
    again.stdout.fnmatch_lines(["session: PASS"])
    assert sum("s102" in line for line in again.trained) == 1


@pytest.mark.parametrize(("at_import", "at_step", "status", "said"), ENDS.values(), ids=ENDS)
def test_code_of_others_that_ends_the_process_never_passes(at_import, at_step, status, said, bench, pytester):
    pytester.makepyfile(their_ending=OPTIMIZER.format(at_import=at_import, at_step=at_step))
    result = bench(FRESH, "-k", CELL, "--stablebert-optimizer=their_ending:Ending")
    assert result.ret == status
    result.stderr.fnmatch_lines([said])
    assert "INTERNALERROR" not in result.stdout.str()


def test_code_of_others_that_ends_every_worker_is_one_sentence(bench, pytester):
    pytester.makepyfile(their_ending=OPTIMIZER.format(at_import="os._exit(0)", at_step="pass"))
    result = bench(FRESH, "-k", CELL, "-n", "1", "--stablebert-optimizer=their_ending:Ending")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*optimizer 'their_ending:Ending' ends its process when it is imported*"])
    assert "INTERNALERROR" not in result.stdout.str()


def test_a_folder_of_the_report_does_not_move_the_root(bench, pytester, tmp_path_factory):
    report = tmp_path_factory.mktemp("report")
    result = bench(FRESH, "-k", CELL, "--stablebert-report", str(report))
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"*moves its root: --stablebert-report={report}*"])
    assert bench(FRESH, "-k", CELL, f"--stablebert-report={report}", "--collect-only", "-q").ret == 0


@pytest.mark.parametrize("words", [("-k", f"{CELL} or {'x' * 300}"), ("-m", f"not {'x' * 5000}"), ("-k", CELL)])
def test_an_argument_that_is_no_path_to_the_system_moves_nothing(words, bench, pytester):
    (pytester.path / "round").symlink_to("round")
    result = bench(FRESH, *words, "--stablebert-report", "round", "--collect-only", "-q")
    assert result.ret == 0
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def test_a_relative_store_is_below_the_root_wherever_one_stands(bench, pytester, monkeypatch):
    bench(FRESH, "-k", CELL, "--stablebert-store=runs")
    (pytester.path / "elsewhere").mkdir()
    monkeypatch.chdir(pytester.path / "elsewhere")
    again = pytester.runpytest_subprocess(pytester.path / "bench", FRESH, "-k", CELL, "--stablebert-store=runs")
    assert again.ret == 0
    again.stdout.fnmatch_lines([f"records: {pytester.path / 'runs'}"])
    assert not (pytester.path / "elsewhere" / "runs").exists()
