"""Defects of the parts of the rule (catalogue G): location, a shown loss, the endpoint, what a PASS rules out."""

import math
from dataclasses import replace
from statistics import stdev

from stablebert.gate import RuledOut, Says, Verdict, guards, location, outlook, part, rule
from stablebert.stats import spread_rank_p_value, upper_failure_rate, upper_spread_ratio
from tests.defects.planting import Defect, identity
from tests.defects.replacing import everywhere, saying

_ENDPOINT = {"name": "log_loss", "said": "held-out log-loss"}
_RULED_OUT = identity(
    "gate.test_ruled_out:test_the_numbers_of_a_pass_are_those_of_independent_formulas",
    mean=89.6,
    lost=1,
    baseline_lost=3,
)


def _endpoint(name, /, **arguments):
    return identity(f"gate.test_endpoint:test_{name}", **arguments)


def _location(name):
    return identity(f"gate.test_location:test_{name}")


def _passing_without_margin(ask):
    def asked(seen, test):
        said = ask(seen, test)
        return replace(said, says=Says.ALLOWS) if seen.margin is None and test is not None else said

    return asked


def _alarming_within_the_margin(ask):
    def asked(seen, test):
        lower = test is not None and test.p_inferior <= seen.level(seen.policy.location_share)
        return part.LOCATION.part(Says.ALARMS, "worse") if lower else ask(seen, test)

    return asked


def _estimated_at_the_margin(ask):
    return lambda seen, test: replace(ask(seen, test), difference=min(test.difference, -(seen.margin or math.inf)))


def _of_any_loss(ask):
    return lambda seen, sound, most, level: ask(seen, sound, 0.0, level)


def _passing_what_is_not_worse(ask):
    def asked(seen, test):
        equal = test is not None and test.p_inferior > seen.policy.alpha
        return part.LOCATION.part(Says.ALLOWS, "not worse") if equal else ask(seen, test)

    return asked


def _shown_at_one_look(_):
    def shown(seen, test):
        p = location.p_of_loss(seen, test, 0.0, seen.policy.shown_alpha) if test else 1.0
        return p if p <= seen.policy.shown_alpha else None

    return shown


def _letting_pass(passed):
    return lambda seen, last: passed(seen, replace(last, policy=replace(last.policy, shown="pass")))


def _ruling_out(change):
    """Change what a PASS rules out: `change(found, look)` takes its place."""

    def make(passed):
        def changed(seen, last):
            found = passed(seen, last)
            return replace(found, ruled_out=change(found.ruled_out, last)) if found.ruled_out else found

        return changed

    return everywhere(rule._passed, make)


def _only_finite(ask):
    def asked(seen):
        values = [row.log_loss for row in (*seen.our_runs, *seen.their_runs)]
        return ask(seen) if all(map(math.isfinite, values)) else None

    return asked


DEFECTS = (
    Defect(
        "G23",
        "a cell without margin passes",
        everywhere(location.location_part, _passing_without_margin),
        (_location("without_a_margin_a_cell_never_passes_and_does_not_fail_by_its_mean"),),
    ),
    Defect(
        "G23b",
        "t alone calls a mean lower",
        everywhere(location.p_of_loss, lambda _: lambda seen, sound, most, level: sound.p_loss(most)),
        (
            _location("a_lower_mean_that_the_ranks_do_not_see_alarms_nobody"),
            _location("a_loss_that_only_t_sees_is_not_shown"),
        ),
    ),
    Defect(
        "G23c",
        "a loss within the margin alarms",
        everywhere(location.location_part, _alarming_within_the_margin),
        (_location("non_inferiority_shown_is_stronger_than_an_alarm"),),
    ),
    Defect(
        "G23e",
        "a shown loss that is smaller than the margin alarms",
        everywhere(location._sound_test, _estimated_at_the_margin),
        (_location("a_shown_loss_within_the_margin_never_fails"),),
    ),
    Defect(
        "G23f",
        "lost runs put a lower mean beyond the margin",
        everywhere(location._sound_test, lambda _: lambda seen, test: test),
        (_location("beyond_the_margin_must_lie_the_sound_runs"),),
    ),
    Defect(
        "G23g",
        "any loss that is shown alarms where its estimate lies beyond the margin",
        everywhere(location.p_of_loss, _of_any_loss),
        (_location("an_alarm_needs_more_than_half_a_margin_lost_beyond_doubt"),),
    ),
    Defect(
        "G23d",
        "what is not shown to be worse passes",
        everywhere(location.location_part, _passing_what_is_not_worse),
        (identity("gate.test_judging:test_noise_is_inconclusive_and_says_what_would_help"),),
    ),
    Defect(
        "G24",
        "a shown loss is never said",
        everywhere(location.shown_loss, lambda _: lambda seen, test: None),
        (_location("a_loss_that_is_shown_is_said_beside_a_pass"),),
    ),
    Defect(
        "G24b",
        "a loss is shown at the level of a single look",
        everywhere(location.shown_loss, _shown_at_one_look),
        (_location("what_is_shown_has_a_level_of_its_own_over_all_looks"),),
    ),
    Defect(
        "G24c",
        "that no shown loss is to pass is ignored",
        everywhere(rule._passed, _letting_pass),
        (_location("where_the_policy_lets_no_shown_loss_pass_it_is_a_fail"),),
    ),
    Defect(
        "G24d",
        "the word of a PASS keeps the loss to itself",
        saying(Verdict, "word", lambda self: str(self.status)),
        (identity("gate.test_verdict:test_the_word_is_the_status_and_beside_a_pass_the_loss_that_is_shown"),),
    ),
    Defect(
        "G25",
        "the endpoint FAILs however little it has moved",
        everywhere(guards._moved, lambda _: lambda ours, theirs: math.inf),
        (_endpoint("far_is_more_than_three_deviations_and_the_alarm_has_a_level_of_its_own"),),
    ),
    Defect(
        "G25b",
        "the endpoint never FAILs",
        everywhere(guards._moved, lambda _: lambda ours, theirs: 0.0),
        (
            _endpoint("a_higher_second_endpoint_withholds_a_pass_and_one_that_is_far_higher_fails", **_ENDPOINT),
            _endpoint("any_move_is_far_from_a_baseline_that_does_not_vary"),
        ),
    ),
    Defect(
        "G25c",
        "one value that is not finite switches the endpoint off",
        everywhere(guards.endpoint_part, _only_finite),
        (
            _endpoint(
                "one_value_that_is_not_finite_is_the_worst_there_is_and_never_switches_the_guard_off", worst=math.inf
            ),
            _endpoint("a_baseline_with_such_values_still_guards", worst=math.inf),
        ),
    ),
    Defect(
        "G25d",
        "a value that is not finite ranks as the best",
        everywhere(guards._ranked, lambda _: lambda values: [v if math.isfinite(v) else -1e308 for v in values]),
        (
            _endpoint(
                "one_value_that_is_not_finite_is_the_worst_there_is_and_never_switches_the_guard_off", worst=math.inf
            ),
        ),
    ),
    Defect(
        "G25e",
        "a higher endpoint is taken for a better one",
        everywhere(guards._ranked, lambda ranked: lambda values: [-value for value in ranked(values)]),
        (_endpoint("it_is_the_rank_sum_and_the_shift_of_the_means_in_the_baselines_deviations"),),
    ),
    Defect(
        "G26",
        "a PASS rules out a loss of the wrong sign",
        _ruling_out(lambda found, _: replace(found, loss=-found.loss)),
        (_RULED_OUT,),
    ),
    Defect(
        "G26b",
        "a PASS rules out the estimate of the spread",
        everywhere(upper_spread_ratio, lambda _: lambda ours, theirs, confidence=0.95: stdev(ours) / stdev(theirs)),
        (_RULED_OUT, identity("stats.test_spread:test_the_upper_bound_of_the_ratio_inverts_brown_and_forsythes_test")),
    ),
    Defect(
        "G26c",
        "the bound of the spread is that of the other side",
        everywhere(upper_spread_ratio, lambda bound: lambda ours, theirs, *more: bound(theirs, ours, *more)),
        (_RULED_OUT, identity("stats.test_spread:test_the_bound_scales_with_the_candidate_and_knows_no_shift")),
    ),
    Defect(
        "G26d",
        "what more may be lost is counted from nothing",
        _ruling_out(lambda found, last: RuledOut(found.loss, upper_failure_rate(*last.counts[:2]), found.spread)),
        (_RULED_OUT,),
    ),
    Defect(
        "G27",
        "one far run is a wider spread",
        everywhere(spread_rank_p_value, lambda _: lambda ours, theirs: 0.0),
        (identity("gate.test_guards:test_one_far_run_is_no_wider_spread"),),
    ),
    Defect(
        "G30",
        "an estimate beyond the margin promises seeds",
        everywhere(outlook._of_location, lambda words: lambda difference, *given: words(0.0, *given)),
        (
            identity("gate.test_outlook:test_an_estimate_beyond_the_margin_only_says_what_would_show_the_loss"),
            identity("gate.test_outlook:test_words_are_never_upside_down"),
        ),
    ),
)
