"""Defects of cells together and of the session's word (catalogue G)."""

from dataclasses import replace

from stablebert.gate import Comparison, Says, Status, pool, pooling, session_status
from stablebert.stats import pooled_failure_p_value, pooled_spread_p_value, spread_p_value
from tests.defects.planting import Defect, identity
from tests.defects.replacing import everywhere, saying


def _pooling(name, **arguments):
    return identity(f"gate.test_pooling:test_{name}", **arguments)


def _crude(test):
    return lambda strata: test([tuple(map(sum, zip(*strata, strict=True)))])


def _crude_spread(_):
    def found(strata):
        ours = [score for candidates, _ in strata for scores in candidates for score in scores]
        return spread_p_value(ours, [score for _, baseline in strata for score in baseline])

    return found


def _crude_rate(_):
    return lambda cells: sum(one.baseline.failed for one in cells) / sum(one.baseline.runs for one in cells)


def _at_the_first_look(pooled):
    return lambda cells, policy: pooled(cells, replace(policy, looks=policy.looks[:1]))


def _alarming_within_the_margin(ask):
    def asked(cells, mean):
        said = ask(cells, mean)
        return replace(said, says=Says.ALARMS) if said and mean.p_inferior < 1e-3 else said

    return asked


def _carrying(status):
    def said(verdicts, pooled):
        if pooled is not None and pooled.status is Status.PASS:
            verdicts = [
                replace(one, status=Status.PASS) if one.status is Status.INCONCLUSIVE else one for one in verdicts
            ]
        return status(verdicts, pooled)

    return said


def _failing_first(status):
    def said(verdicts, pooled):
        found = {one.status for one in (*verdicts, *([pooled] if pooled else []))}
        return Status.FAIL if Status.FAIL in found else status(verdicts, pooled)

    return said


DEFECTS = (
    Defect(
        "G28",
        "the rate of the baselines together, whatever each cell brings",
        everywhere(pooling._baseline_rate, _crude_rate),
        (
            identity(
                "gate.test_pooled_rates:"
                "test_a_cell_that_fails_in_its_baseline_brings_that_rate_in_the_share_of_its_runs"
            ),
        ),
    ),
    Defect(
        "G28b",
        "lost runs of all cells in one table",
        everywhere(pooled_failure_p_value, _crude),
        (identity("stats.test_pooled:test_strata_keep_a_difference_between_cells_apart_from_one_between_sides"),),
    ),
    Defect(
        "G28j",
        "accepted runs that cells share count once a cell",
        everywhere(pooling._by_baseline, lambda _: lambda cells: [[look] for look in cells]),
        (
            identity("gate.test_pooled_rates:test_accepted_runs_that_cells_share_count_once"),
            _pooling("the_error_of_a_mean_of_cells_holds_a_baseline_that_they_share_once"),
        ),
    ),
    Defect(
        "G28c",
        "a cell brings runs that are behind what ended it",
        saying(Comparison, "runs", lambda cell: pooling.before_gap(cell.candidate)),
        (_pooling("a_cell_brings_no_more_runs_than_ended_it"),),
    ),
    Defect(
        "G28d",
        "the mean of the cells alarms though a loss of one margin is ruled out",
        everywhere(pooling._location_part, _alarming_within_the_margin),
        (_pooling("location_fails_only_where_a_mean_loss_of_one_margin_is_not_ruled_out"),),
    ),
    Defect(
        "G28i",
        "any mean loss that is shown alarms where its estimate lies beyond the margin",
        everywhere(pooling._p_of_loss, lambda ask: lambda cells, sound, most, level: ask(cells, sound, 0.0, level)),
        (_pooling("a_shown_mean_loss_within_one_margin_never_fails"),),
    ),
    Defect(
        "G28h",
        "lost runs make the mean of the cells lower",
        everywhere(pooling._sound_mean, lambda _: lambda cells, counted: counted),
        (_pooling("a_lower_mean_of_the_cells_is_one_of_their_sound_runs"),),
    ),
    Defect(
        "G28e",
        "a pool passes at its first look",
        everywhere(pool, _at_the_first_look),
        (_pooling("equal_cells_pass_at_the_last_look_alone"),),
    ),
    Defect(
        "G28f",
        "scores of all cells in one test of spread",
        everywhere(pooled_spread_p_value, _crude_spread),
        (
            identity(
                "stats.test_spread:"
                "test_several_cells_are_the_larger_of_the_sum_of_differences_and_the_stratified_ranks",
                wide=1.6,
            ),
        ),
    ),
    Defect(
        "G28g",
        "a gap in a cell is stepped over in the pool",
        saying(Comparison, "runs", lambda cell: cell.candidate[: cell.ended]),
        (_pooling("a_gap_in_one_cell_ends_what_it_brings"),),
    ),
    Defect(
        "G29",
        "a pool that passes carries an undecided cell",
        everywhere(session_status, _carrying),
        (identity("gate.test_session:test_a_pool_that_passes_carries_no_undecided_cell", difference=-0.8),),
    ),
    Defect(
        "G29b",
        "an open pool leaves a session its PASS",
        everywhere(session_status, lambda status: lambda verdicts, pooled: status(verdicts, None)),
        (identity("gate.test_session:test_cells_that_pass_do_not_close_an_open_pool"),),
    ),
    Defect(
        "G29c",
        "a session fails where it is no evidence",
        everywhere(session_status, _failing_first),
        (
            identity(
                "gate.test_session:test_it_says_the_worst_of_what_its_cells_and_their_pool_say", count=2, pooled=None
            ),
        ),
    ),
)
