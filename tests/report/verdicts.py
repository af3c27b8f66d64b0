"""Verdicts of every kind, as the rule makes them."""

from dataclasses import replace

from stablebert.gate import Disagreement, Part, Policy, Says, Status, Verdict, judge
from tests.synthetic import synthetic_rows

CELL = "trec_debiased_3ep_minilm_fp32"
COMMAND = f"pytest bench/test_section4.py -k {CELL} --stablebert-seed-block=100"
BASELINE = synthetic_rows(90.0, range(20))


def judged(mean=90.0, *, runs=6, margin=1.0, **given):
    """Return what the rule says of fresh runs about a mean; further arguments as in `synthetic_rows`."""
    rows = synthetic_rows(mean, range(100, 100 + runs), **given)
    # one cell among several, so that its first look can pass it
    return replace(judge(rows, BASELINE, Policy(), margin=margin, cell=CELL, alone=False), command=COMMAND)


def withheld_by(name):
    """Return an undecided verdict whose named part holds the PASS back, the others as in an equal candidate's."""
    seen = judged()
    part = Part(name, Says.WITHHOLDS, "it is not shown", 0.5, 0.3, 0.2, 0.01, 0.02)
    others = tuple(other for other in seen.parts if other.name != name)
    return replace(seen, status=Status.INCONCLUSIVE, reason=part.words, parts=(*others, part), decided_by=name)


PASSED = judged()
IDENTICAL = replace(judge(BASELINE[:6], BASELINE, margin=1.0, cell=CELL), command=COMMAND)
WORSE = judged(87.0, runs=12)
FAILING = judged(failed=frozenset(range(100, 106)))
SCATTERED = replace(
    withheld_by("spread"),
    status=Status.FAIL,
    reason="wide (p = 1e-05)",
    parts=(Part("spread", Says.ALARMS, "wide (p = 1e-05)", 4.0, None, 0.5, 1e-5, 1e-4),),
)
UNDECIDED = judged(89.7, margin=0.5)
NEVER = judged(margin=0.1)
MAY_BE_REAL = judged(89.2)
BEYOND = judged(89.2, margin=0.3)
NO_MARGIN = judged(89.0, margin=None)
SHOWN = replace(PASSED, difference=-0.3, loss_shown=4e-05)
TOO_FEW = judge(
    synthetic_rows(90.0, range(100, 106), failed=frozenset({100, 101, 102, 103})),
    synthetic_rows(90.0, range(20), failed=frozenset(range(14))),
    margin=1.0,
    cell=CELL,
)
DISAGREEING = replace(PASSED, disagreement=Disagreement(0.061, 0.058))
FUTILE = replace(UNDECIDED, futile=True)
RATE = judged(margin=3.0, failed=frozenset({100}))
INVALID = Verdict(CELL, Status.INVALID, "it has no baseline", command=COMMAND)
PRINTED = replace(PASSED, parts=(), decided_by="", pairing="printed", reason="against Table 1: a loss is ruled out")
POOLED = Verdict(
    "pooled",
    Status.INCONCLUSIVE,
    "a mean loss of 0.5 margins is not ruled out",
    runs=5,
    baseline_runs=20,
    difference=-0.6,
    lower_bound=-0.9,
    margin=0.5,
    unit="margins",
    pairing="auto",
    parts=(
        Part("location", Says.WITHHOLDS, "a mean loss of 0.5 margins is not ruled out", -0.6, -0.9, -0.5, 0.6, 0.02),
    ),
    decided_by="location",
)
EVERY = {
    "passed": PASSED,
    "identical": IDENTICAL,
    "worse": WORSE,
    "failing": FAILING,
    "scattered": SCATTERED,
    "undecided": UNDECIDED,
    "never": NEVER,
    "may be real": MAY_BE_REAL,
    "beyond": BEYOND,
    "no margin": NO_MARGIN,
    "loss shown": SHOWN,
    "disagreeing": DISAGREEING,
    "too few": TOO_FEW,
    "futile": FUTILE,
    "failure rate": RATE,
    "all runs": withheld_by("all runs"),
    "held-out log-loss": withheld_by("held-out log-loss"),
    "training loss": withheld_by("training loss"),
    "invalid": INVALID,
    "printed": PRINTED,
    "pooled": POOLED,
}
