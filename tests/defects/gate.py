"""Defects of the gate (catalogue G): what it is given, the keys, and the session around it."""

import functools
import math
from collections.abc import Callable
from dataclasses import replace

from stablebert import gate
from stablebert.baselines import find_baseline, write_baseline
from stablebert.files import write_once
from stablebert.gate import Status, Verdict, evidence
from stablebert.plugin import selection
from stablebert.plugin.bench_session import BenchSession
from stablebert.records import provenance
from stablebert.runs import record_key
from stablebert.stats import failure_p_value, nominal_level
from tests.defects.planting import Defect, identity, whole_run
from tests.defects.replacing import everywhere
from tests.plugin import fake_bench

_FAILURES = identity("stats.test_failed_runs:test_the_failure_test_sees_what_it_should")
_ONE_LOOK = identity("stats.test_looks:test_one_look_needs_no_correction_and_more_looks_need_more")
_FOUR_LOOKS = identity("stats.test_looks:test_four_looks_keep_the_level")
_RECORD_KEY = identity("runs.test_keys:test_record_key_changes_with_code_device_and_precision")
_CODE = identity("records.test_code_digest:test_one_line_in_any_part_of_a_run_moves_the_digest", place="tasks/draws.py")
_PUBLISHED = identity("records.test_publication:test_a_record_leaves_one_file_that_says_where_it_is_from")
_RERUNS = "plugin.test_checks:test_a_plug_in_that_repeats_failed_tests_is_refused"


def _judging(name):
    return identity(f"gate.test_judging:test_{name}")


def _unsound(name):
    return identity(f"gate.test_no_evidence:test_{name}")


def _judged(change: Callable):
    """Change what the gate is given: `change(rows)` takes the place of the rows of either side."""
    return everywhere(
        gate.judge,
        lambda judge: lambda ours, theirs, *more, **options: judge(change(ours), change(theirs), *more, **options),
    )


def _swapped(judge):
    return lambda ours, theirs, *more, **options: judge(theirs, ours, *more, **options)


def _passing_without(side):
    """Let the gate pass a cell of which a side has no rows."""

    def make(judge):
        def judged(ours, theirs, *more, **options):
            missing = len((ours, theirs)[side]) == 0
            return Verdict("", Status.PASS, "") if missing else judge(ours, theirs, *more, **options)

        return judged

    return everywhere(gate.judge, make)


def _passing_empty(status):
    return lambda verdicts, pooled: status(verdicts, pooled) if verdicts else Status.PASS


def _unshared(level):
    return lambda alpha, looks=(), baseline_runs=None: alpha


def _without_code(key):
    return lambda meaning, code, *more: key(meaning, "", *more)


def _constant_digest(digest):
    return functools.cache(lambda optimizer=None: "code")


def _option_alone(check):
    class Asked:
        def __init__(self, config):
            self.getoption, self.getini = config.getoption, lambda name: "0"

    return lambda config: check(Asked(config))


def _accepting(judge):
    def judged(self, gate_, most=None):
        baseline = find_baseline(gate_, self.project.baselines)
        write_baseline(baseline.path, baseline.header, [self._row(spec) for spec in self.project.specs(gate_)])
        return judge(self, gate_, most)

    return judged


def _of_this_class(find):
    def found(spec, folders):
        baseline = find(spec, folders)
        return replace(baseline, header={**baseline.header, "environment_class": "cpu-fp32"})

    return found


_DEAF = """
from stablebert.plugin.controller import Controller

Controller.pytest_xdist_node_collection_finished = lambda self, node: None
"""


DEFECTS = (
    Defect(
        "G01b",
        "candidate and baseline swapped",
        everywhere(gate.judge, _swapped),
        (
            _judging("a_worse_candidate_fails_and_says_by_how_much"),
            _judging("failed_runs_are_counted_and_not_averaged"),
        ),
    ),
    Defect(
        "G07b",
        "the gate leaves rows out that are not finite",
        _judged(lambda rows: [row for row in rows if math.isfinite(row.test)]),
        (_unsound("one_score_that_is_not_finite_is_not_left_out"),),
    ),
    Defect(
        "G08",
        "failed runs removed before anything is counted",
        _judged(lambda rows: [row for row in rows if not row.failed]),
        (_judging("failed_runs_are_counted_and_not_averaged"), _judging("all_runs_failed_against_none_fails")),
    ),
    Defect(
        "G08b",
        "failed runs averaged like any other",
        _judged(lambda rows: [replace(row, failed=False) for row in rows]),
        (_judging("failed_runs_are_counted_and_not_averaged"), _judging("all_runs_failed_against_none_fails")),
    ),
    Defect(
        "G08c",
        "failures counted among the runs that are left",
        everywhere(failure_p_value, lambda p: lambda k, n, *baseline: p(min(k, n - k), max(1, n - k), *baseline)),
        (_FAILURES,),
    ),
    Defect(
        "G10",
        "the baseline's own runs judged as new ones",
        everywhere(evidence.are_identical, lambda same: lambda ours, theirs: False),
        (_judging("the_baselines_own_runs_are_identical"),),
    ),
    Defect("G11", "nothing collected passes", _passing_without(0), (_unsound("nothing_collected_is_no_pass"),)),
    Defect("G11b", "an empty baseline passes", _passing_without(1), (_unsound("a_baseline_without_runs_is_no_pass"),)),
    Defect(
        "G11c",
        "a session without gates passes",
        everywhere(gate.session_status, _passing_empty),
        (identity("gate.test_session:test_a_session_without_gates_has_no_verdict"),),
    ),
    Defect(
        "G11d",
        "a missing seed is stepped over",
        everywhere(evidence.before_gap, lambda before: lambda rows: rows),
        (_judging("a_gap_in_the_seeds_is_not_stepped_over"),),
    ),
    Defect(
        "G11e",
        "a seed that stands twice is merged",
        _judged(lambda rows: list({row.seed: row for row in rows}.values())),
        (_unsound("a_seed_that_stands_twice_is_not_merged"),),
    ),
    Defect(
        "G11f",
        "an ignored seed counts as a run",
        _judged(lambda rows: [replace(row, losses=row.seed) for row in rows]),
        (_unsound("a_seed_that_was_ignored_is_no_second_run"),),
    ),
    Defect("G13", "the whole alpha at every look", everywhere(nominal_level, _unshared), (_ONE_LOOK, _FOUR_LOOKS)),
    Defect("G14", "stored runs found whatever code made them", everywhere(record_key, _without_code), (_RECORD_KEY,)),
    Defect("G14b", "a digest that reads no code", everywhere(provenance.code_digest, _constant_digest), (_CODE,)),
    Defect("G15", "records that are lost", everywhere(write_once, lambda _: lambda *given: True), (_PUBLISHED,)),
    Defect(
        "G15b",
        "a session that never learns what its workers collected",
        everywhere(fake_bench.CONFTEST, lambda text: text + _DEAF),
        (whole_run("plugin.test_boundaries:test_a_worker_that_dies_at_a_gate_leaves_an_invalid_session"),),
    ),
    Defect(
        "G17",
        "a plug-in may repeat a gate until it passes",
        everywhere(selection.check_repeaters, lambda _: lambda config: None),
        (identity(_RERUNS, name="reruns", asked={"option": 2}), identity(_RERUNS, name="reruns", asked={"ini": "1"})),
    ),
    Defect(
        "G17b",
        "reruns of the ini file are not looked for",
        everywhere(selection.check_repeaters, _option_alone),
        (identity(_RERUNS, name="reruns", asked={"ini": "1"}),),
    ),
    Defect(
        "G18",
        "a session in CI accepts what it judges",
        lambda patch: patch.setattr(BenchSession, "verdict", _accepting(BenchSession.verdict)),
        (
            identity(
                "plugin.test_bench_session:test_judging_leaves_the_baselines_as_they_are", environment={"CI": "true"}
            ),
        ),
    ),
    Defect(
        "G19",
        "the baseline's environment is not looked at",
        everywhere(find_baseline, _of_this_class),
        (
            identity(
                "plugin.test_bench_session:test_a_baseline_of_elsewhere_is_invalid",
                header={"environment_class": "cuda-bf16"},
                reason="of class cuda-bf16, these runs of cpu-fp32",
            ),
        ),
    ),
)
