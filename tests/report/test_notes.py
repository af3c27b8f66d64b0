from datetime import date
from pathlib import Path

from stablebert.project.standing import Standing

from stablebert.baselines import Bridge, Budget, Waiver
from stablebert.gate import Status, Verdict
from stablebert.report import acting_waivers, note_lines, verdict_lines
from stablebert.runs import Cell, EnvironmentClass

ONE, TWO, THREE = (f"{task}_debiased_3ep_minilm_fp32" for task in ("trec", "sms", "rotten"))
WAIVERS = {cell: Waiver(Path("w/one.toml"), cell, "known", "Ada", date(2999, 12, 31)) for cell in (ONE, TWO, THREE)}
BRIDGE = Bridge(
    "minilm",
    "trec",
    EnvironmentClass("cpu", "fp32"),
    EnvironmentClass("cpu", "bf16"),
    Cell("trec", precision="bf16"),
    0.1,
    10,
    210,
    20,
    0.5,
    "d",
    "paired",
    0.0,
    -0.1,
    0.1,
    0,
    "today",
    "c",
)


def test_only_a_fail_is_waived():
    verdicts = [
        Verdict(ONE, Status.FAIL, "worse"),
        Verdict(TWO, Status.INVALID, "no runs"),
        Verdict(THREE, Status.INCONCLUSIVE, "open"),
        Verdict("other", Status.FAIL, "worse"),
    ]
    assert acting_waivers(verdicts, WAIVERS) == {ONE: WAIVERS[ONE]}


def test_what_acts_is_said():
    standing = Standing({ONE: Budget("1.0", 1.2, 1.0), TWO: Budget("1.0", 0.2, 1.0)}, (BRIDGE,))
    assert note_lines({ONE: WAIVERS[ONE]}, standing) == [
        f"waived: {ONE}: FAIL is let pass until 2999-12-31 by Ada: known (one.toml)",
        "bridge: cpu-fp32 and cpu-bf16 on minilm, trec: passed today, difference in [-0.10, +0.10], limit 0.50 "
        "(20 seeds a side, paired, 0 failed)",
        f"budget: {ONE}: its baseline has lost +1.20 of 1.00 points since release 1.0",
    ]
    assert note_lines({}, Standing({}, ())) == []


def test_budgets_are_a_column_where_there_are_any():
    verdicts = [Verdict(name, Status.PASS, "fine", margin=1.0) for name in (ONE, "pooled")]
    lines = verdict_lines(verdicts, {ONE: Budget("1.0", 0.1, 1.0)})
    assert lines[0].split()[-2:] == ["budget", "why"]
    assert lines[1].endswith(" +0.10 of 1.00  loss ruled out")
    assert lines[2].endswith(" -  loss ruled out")
    assert "budget" not in verdict_lines(verdicts)[0]
