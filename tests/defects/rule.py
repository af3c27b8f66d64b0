"""Defects of the rule (catalogue G): collapsed runs, rooms, and the levels of its looks."""

import math
from statistics import fmean, median, stdev

from stablebert.gate import Policy, evidence, guards, look, lost_runs, policy
from stablebert.stats import collapse_line, nominal_level, upper_failure_rate
from tests.defects.planting import Defect, identity
from tests.defects.replacing import everywhere, saying

_FAR_BASELINE = identity(
    "gate.test_collapse:test_one_far_run_of_a_baseline_does_not_blind", loss=1.3, status="FAIL", below=50.0
)
_COUNTED = identity("gate.test_collapse:test_what_rules_a_loss_out_counts_the_candidates_collapsed_runs_at_the_line")
_REFUSED = "gate.test_rule_as_data:test_a_policy_outside_its_range_is_refused_by_name"


def _collapse(name):
    return identity(f"gate.test_collapse:test_{name}")


def _normal_line(_):
    return lambda scores, *_: fmean(scores) - 8 * stdev(scores) if len(scores) > 2 else -math.inf


def _line_without_least(_):
    def line(scores, *_):
        middle = median(scores)
        return middle - 8 * 1.4826 * median(abs(score - middle) for score in scores)

    return line


def _rate_without_baseline(_):
    return lambda seen: guards.below_ceiling(*seen.counts[:2], seen.room)


def _any_fraction(problem):
    def found(ours, theirs):
        scores = [row.test for row in ours]
        return "fractions" if any(scores) and all(0 <= score <= 1 for score in scores) else problem(ours, theirs)

    return found


def _unshared_shares(patch):
    for name in ("location", "failure", "spread", "endpoint"):
        patch.setattr(Policy, f"{name}_share", property(lambda self, name=name: getattr(self, f"{name}_alarm")))


COLLAPSE = (
    Defect(
        "G20",
        "the baseline's collapsed runs count in its mean",
        saying(look.Look, "baseline_scores", lambda seen: evidence.scores_of(seen.theirs)),
        (_collapse("the_baselines_collapsed_runs_are_left_out_of_every_mean"), _FAR_BASELINE),
    ),
    Defect(
        "G20b",
        "the candidate's collapsed runs are left out of what rules a loss out",
        saying(look.Look, "counted", lambda seen: seen.scores),
        (_COUNTED, _collapse("failed_runs_are_not_counted_at_the_line")),
    ),
    Defect(
        "G20c",
        "the candidate's collapsed runs count at their score",
        saying(look.Look, "counted", lambda seen: evidence.scores_of(seen.ours)),
        (_COUNTED,),
    ),
    Defect(
        "G20d",
        "the candidate draws the line",
        saying(look.Look, "line", lambda seen: lost_runs.line_of(seen.ours)),
        (_collapse("the_line_is_drawn_by_the_baselines_runs_that_have_not_failed"),),
    ),
    Defect(
        "G20e",
        "a collapsed run is a run like any other",
        everywhere(lost_runs.with_collapsed, lambda _: lambda rows, line: tuple(rows)),
        (
            _collapse("runs_that_all_collapse_fail_as_runs_that_all_fail_do"),
            _collapse("one_collapsed_run_no_longer_widens_the_spread_until_nothing_is_seen"),
        ),
    ),
    Defect(
        "G20f",
        "no run of the baseline collapses",
        saying(look.Look, "their_runs", lambda seen: tuple(seen.theirs)),
        (_collapse("collapsed_runs_of_both_sides_count_with_the_failed_ones"),),
    ),
    Defect(
        "G20g",
        "mean and standard deviation draw the line",
        everywhere(collapse_line, _normal_line),
        (identity("stats.test_collapse_line:test_a_mean_and_a_deviation_would_let_far_runs_hide"),),
    ),
    Defect(
        "G20h",
        "the line has no least distance",
        everywhere(collapse_line, _line_without_least),
        (identity("stats.test_collapse_line:test_where_nothing_varies_a_point_is_far"),),
    ),
    Defect(
        "G20i",
        "a collapse to 1 point is taken for fractions",
        everywhere(evidence.problem_between, _any_fraction),
        (
            identity(
                "gate.test_judging:test_scores_near_one_are_fractions_only_where_they_would_be_the_baselines_as_points"
            ),
        ),
    ),
)

LEVELS = (
    Defect(
        "G21",
        "a session of one cell has the room of a cell among several",
        saying(look.Look, "room", lambda seen: seen.policy.failure_room),
        (
            identity(
                "gate.test_guards:test_the_rate_of_lost_runs_has_the_room_of_a_session_or_of_a_cell_among_several",
                alone=True,
                room=0.25,
                baseline_lost=0,
            ),
            identity(
                "gate.test_judging:test_an_equal_candidate_passes_at_the_first_look_that_bounds_its_rate_of_lost_runs"
            ),
        ),
    ),
    Defect(
        "G21b",
        "the estimate of a rate in the place of its bound",
        everywhere(upper_failure_rate, lambda _: lambda failed, runs, confidence=0.95: failed / runs),
        (identity("stats.test_failed_runs:test_the_upper_bound_is_clopper_and_pearsons"),),
    ),
    Defect(
        "G21c",
        "the baseline's rate of lost runs is not looked at",
        everywhere(guards.failure_rate_part, _rate_without_baseline),
        (
            identity(
                "gate.test_guards:test_the_rate_of_lost_runs_has_the_room_of_a_session_or_of_a_cell_among_several",
                alone=True,
                room=0.25,
                baseline_lost=3,
            ),
        ),
    ),
    Defect(
        "G22",
        "the parts of a look know nothing of the other looks",
        lambda patch: patch.setattr(look.Look, "level", lambda self, alpha: alpha),
        (
            identity(
                "gate.test_parts:test_each_part_has_its_share_of_the_error_over_all_looks",
                name="spread",
                alpha=0.001 / 6,
                lost=0,
            ),
        ),
    ),
    Defect(
        "G22b",
        "every cell has the whole alarm",
        _unshared_shares,
        (identity("gate.test_rule_as_data:test_the_alarms_of_all_cells_and_of_their_pool_add_up", cells=2),),
    ),
    Defect(
        "G22c",
        "pairs are judged as if their baseline stood still",
        lambda patch: patch.setattr(
            look.Look, "level", lambda self, alpha: self.policy.level(alpha, len(self.baseline_scores))
        ),
        (identity("gate.test_pairs:test_looks_at_pairs_share_nothing_but_their_runs"),),
    ),
    Defect(
        "G22d",
        "looking after every run at the level of four looks",
        lambda patch: patch.setattr(
            Policy, "level", lambda self, alpha, runs: nominal_level(alpha, self.looks, runs or None)
        ),
        (identity("gate.test_anytime:test_every_part_has_the_level_of_all_these_moments", cells=1),),
    ),
    Defect(
        "G33",
        "a policy is taken as it comes",
        everywhere(policy._check, lambda _: lambda *given: None),
        (
            identity(_REFUSED, change={"alpha": 1e-300}, wanted="in [1e-06, 0.5)"),
            identity(_REFUSED, change={"shown": "maybe"}, wanted="one of pass, fail"),
        ),
    ),
)

DEFECTS = (*COLLAPSE, *LEVELS)
