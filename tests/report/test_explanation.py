import json
from dataclasses import replace

import pytest

from stablebert.gate import PARTS, MoreSeeds, Numbers, Part, PartKind, RuledOut, Says, Status, Verdict
from stablebert.report import explain, explained, sentences
from stablebert.report.advice import Outlook, outlook_of
from stablebert.report.sentences import kind_of, part_sentence
from tests.report.verdicts import (
    COMMAND,
    EVERY,
    PASSED,
    POOLED,
    RATE,
    SHOWN,
    SHOWN_FAILS,
    TOO_FEW,
    UNDECIDED,
    WORSE,
    judged,
    withheld_by,
)

GOLDEN = """\
trec_debiased_3ep_minilm_fp32: INCONCLUSIVE

What was asked
  Does the candidate train as well as the baseline? The same fine-tuning is run with several seeds,
    since one seed alone can be lucky, and all of these runs are compared with the baseline's. A loss
    of up to 0.70 points is held not to matter: that is the margin, 1.4 times as far as single runs
    mostly lie from their mean.

What was measured
  5 runs against 20 of the baseline; none of them failed or collapsed.
  A run has failed if it learned nothing: its loss is no number, it says one class for nearly all
    examples, or it knows no more than how frequent the labels are. It has collapsed if it learned
    something and still scores far below what runs of the baseline do. Such runs are lost: they are
    counted, and kept out of the mean score.
  Mean score of the runs that are not lost: 89.60, in the baseline 89.90. Single runs mostly lie
    within 0.40 of it, in the baseline within 0.50 (the standard deviation).
  Difference: -0.30 points; as seeds are a matter of chance, the true one may be as low as -0.90.
  The two groups of runs are compared as wholes; both are taken to scatter alike, unless the
    candidate's runs clearly scatter more.
  If nothing were lost, so many seeds would mostly rule out a loss of 0.80 points or more.

What each part said
  location (are the runs that are not lost as good as the baseline's?) holds the PASS back: a loss of
    0.70 points is not ruled out. At the cautious end it is -0.90 points, 0.20 beyond the limit of
    -0.70.
  spread (do the runs scatter more than the baseline's?) lets it pass: standard deviation 0.40, in the
    baseline 0.50. Nothing points that way.

Why INCONCLUSIVE
  No part raises an alarm, but location holds the PASS back: a loss of 0.70 points is not ruled out;
    about 8 seeds would.

What would change it
  About 8 seeds in all, 3 more than now, would mostly decide it if nothing is lost.

How to see it again
  pytest bench/test_section4.py -k trec_debiased_3ep_minilm_fp32 --stablebert-seed-block=100"""


def test_an_explanation_reads_like_this():
    verdict = Verdict(
        "trec_debiased_3ep_minilm_fp32",
        Status.INCONCLUSIVE,
        "a loss of 0.70 points is not ruled out; about 8 seeds would",
        runs=5,
        baseline_runs=20,
        mean=89.6,
        sd=0.4,
        baseline_mean=89.9,
        baseline_sd=0.5,
        difference=-0.3,
        lower_bound=-0.9,
        margin=0.7,
        p_value=0.05,
        detectable=0.8,
        seeds_needed=8,
        pairing="moderated",
        parts=(
            Part("location", Says.WITHHOLDS, "a loss of 0.70 points is not ruled out", -0.3, -0.9, -0.7, 0.05, 0.02),
            Part("spread", Says.ALLOWS, "standard deviation 0.40, in the baseline 0.50", 0.4, None, 0.5, 0.6, 0.0004),
        ),
        decided_by="location",
        command=COMMAND,
    )
    assert explained(verdict) == GOLDEN


@pytest.mark.parametrize("name", EVERY)
def test_every_verdict_says_what_was_asked_why_and_what_would_change_it(name):
    verdict = EVERY[name]
    sections = {section.title: " ".join(section.lines) for section in explain(verdict)}
    assert sections["What was asked"]
    assert verdict.reason in sections[f"Why {verdict.status}"]
    assert len(sections["What would change it"]) > 40
    assert ("What was measured" in sections) == bool(verdict.runs)
    assert ("How to see it again" in sections) == bool(verdict.command)
    for part in verdict.parts:
        assert part.words in sections["What each part said"]
    assert json.loads(json.dumps(sections)) == sections


@pytest.mark.parametrize("name", EVERY)
def test_a_deciding_part_is_named_in_the_reason(name):
    verdict = EVERY[name]
    why = next(section for section in explain(verdict) if section.title.startswith("Why"))
    if verdict.parts and verdict.status is not Status.PASS:
        assert verdict.decided_by in why.lines[0]


def test_the_constructed_verdicts_are_of_every_status_and_decided_by_every_part():
    assert {verdict.status for verdict in EVERY.values()} == {*Status}
    decided = {verdict.decided_by for verdict in EVERY.values() if verdict.status is not Status.PASS and verdict.parts}
    assert decided == {part for verdict in EVERY.values() for part in (p.name for p in verdict.parts)}


@pytest.mark.parametrize("name", PARTS)
def test_what_a_part_asks_and_its_remedy_are_those_of_the_rule(name):
    kind = PARTS[name]
    held = withheld_by(name)
    assert f"{name} ({kind.question}) holds the PASS back" in explained(held).replace("\n    ", " ")
    if kind.more_seeds is MoreSeeds.NOTHING:
        assert (outlook_of(held).brief, outlook_of(held).words) == (kind.brief, kind.remedy)


def test_a_part_that_the_rule_gains_is_explained_without_another_file(monkeypatch):
    kind = PartKind(
        "colour", "is it still blue?", can_alarm=False, numbers=Numbers.CHANCE, remedy="Paint.", brief="red"
    )
    monkeypatch.setattr(sentences, "PARTS", {**PARTS, "colour": kind})
    held = withheld_by("colour")
    assert outlook_of(held) == Outlook("red", "Paint.")
    assert "colour (is it still blue?) holds the PASS back: it is not shown." in explained(held)


def test_every_part_of_the_rule_has_a_meaning():
    seen = judged(failed=frozenset({100}))
    assert {part.name for part in seen.parts} == {
        "failed runs",
        "location",
        "spread",
        "failure rate",
        "all runs",
        "held-out log-loss",
    }
    for part in seen.parts:
        assert kind_of(part).question.endswith("?")


@pytest.mark.parametrize(
    "verdict",
    [
        withheld_by("colour"),
        replace(UNDECIDED, decided_by="colour"),
        replace(UNDECIDED, pairing="by colour"),
        replace(WORSE, parts=(*WORSE.parts, Part("colour", Says.ALLOWS, "blue"))),
    ],
)
def test_a_part_or_method_that_nobody_knows_is_an_error(verdict):
    with pytest.raises(ValueError, match="colour"):
        explain(verdict)


def test_correlation_is_told_where_there_is_one():
    told = explained(replace(UNDECIDED, correlation=0.734, pairing="anchored"))
    assert "correlate by +0.73" in told
    assert "correlate" not in explained(UNDECIDED)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Part("location", Says.ALLOWS, "fine", 0.1, -0.4, -1.0, 0.01, 0.02), "0.60 inside the limit of -1.00"),
        (Part("location", Says.WITHHOLDS, "no", -0.5, -1.4, -1.0, 0.2, 0.02), "0.40 beyond the limit of -1.00"),
        (Part("location", Says.WITHHOLDS, "no", -0.5, None, -1.0, 0.2, 0.02), "no bound"),
        (
            Part("location", Says.ALARMS, "worse", -3.0, -4.0, -1.0, 2e-4, 5e-4),
            "in one of 5,000 comparisons; the bar is one of 2,000",
        ),
        (Part("location", Says.ALARMS, "worse", -3.0, -4.0, -1.0, 0.0, 5e-4), "in less than one of 1,000,000,000 comp"),
        (
            Part("spread", Says.ALLOWS, "more", 1.5, None, 1.0, 0.021, 0.01),
            "in 2.1 % of all comparisons; the bar is 1 % of",
        ),
        (Part("spread", Says.ALLOWS, "same", 1.0, None, 1.0, 0.5, 5e-4), "same. Nothing points that way."),
        (Part("failure rate", Says.WITHHOLDS, "may", 0.2, 0.66, 0.5), "16 in 100 above"),
        (Part("failure rate", Says.ALLOWS, "may", 0.0, 0.45, 0.5), "5 in 100 below"),
    ],
)
def test_a_part_says_by_how_much(part, words):
    assert words in part_sentence(part, "points")


@pytest.mark.parametrize(
    ("name", "brief", "words"),
    [
        ("passed", "loses at most 0.30", "Nothing more is needed"),
        ("identical", "identical", "Nothing more is needed"),
        ("printed", "loses at most", "Nothing more is needed"),
        ("worse", "location, p = ", "More seeds will not"),
        ("failing", "failed runs, p = ", "More seeds will not"),
        ("undecided", "14 seeds would", "8 more than now, would mostly decide it if nothing is lost."),
        ("never", "no number of seeds would", "No number of seeds with this baseline would decide it: so much do runs"),
        ("may be real", "the loss may be real", "Were nothing lost,"),
        ("beyond", "beyond the margin", "a better candidate rather than more seeds"),
        ("no margin", "no margin", "--stablebert-margin"),
        ("loss shown", "loses at most 0.30", "Nothing more is needed"),
        ("shown loss fails", "loss shown, p = 4e-05", "--stablebert-shown=pass"),
        ("too few", "too few sound runs", "Fewer lost runs: 2 of 6"),
        ("futile", "stopped as futile", "improbable"),
        ("failure rate", "failure rate: 10 seeds would", "would mostly decide it if no further run is lost."),
        ("all runs", "all runs: not shown", "Fewer lost runs"),
        ("training loss", "training loss higher", "Not more seeds"),
        ("invalid", "it has no baseline", "Nothing is known yet"),
        ("pooled", "location: still open", "the loss may be real"),
    ],
)
def test_what_would_change_a_verdict(name, brief, words):
    outlook = outlook_of(EVERY[name])
    assert outlook.brief.startswith(brief)
    assert words in outlook.words


def test_a_pooled_estimate_inside_its_margin_casts_no_doubt():
    assert "may be real" not in outlook_of(replace(POOLED, difference=-0.4)).words


def test_a_large_loss_is_not_answered_with_more_seeds():
    """The estimate lies far beyond the margin, and few runs that scatter do not show it."""
    far = judged(72.1, sd=20.0)
    assert (far.status, far.decided_by) == (Status.INCONCLUSIVE, "location")
    assert -20 < far.difference < -10
    told = explained(far)
    assert "The estimate lies beyond the margin" in told.replace("\n    ", " ")
    assert " more than now" not in told
    assert outlook_of(far).brief == "beyond the margin"


def test_more_seeds_than_the_last_look_has_are_said_to_be_more():
    rate = judged(90.0, runs=20, margin=3.0, failed=frozenset(range(100, 107)), alone=True)
    assert rate.decided_by == "failure rate"
    assert "That is more than the 20 of the last look: --stablebert-looks can name a later one." in (
        outlook_of(rate).words
    )
    # the control: a look that is still to come needs no such words
    assert "--stablebert-looks" not in outlook_of(RATE).words


def test_a_rate_that_no_seeds_bring_down_asks_for_no_margin():
    told = outlook_of(replace(RATE, seeds_needed=None, reason=f"{RATE.parts[0].words}; no number of seeds would"))
    assert told.brief == "failure rate: no number of seeds would"
    assert "margin" not in told.words


def test_pairs_are_called_pairs_and_need_no_larger_baseline():
    location = next(part for part in UNDECIDED.parts if part.name == "location")
    never = replace(
        UNDECIDED, reason=f"{location.words}; no number of pairs up to 1,000 would decide it", seeds_needed=None
    )
    assert outlook_of(never) == Outlook(
        "no number of pairs would",
        "No number of pairs up to 1,000 would decide it: so much do runs differ. It takes a wider margin.",
    )
    some = replace(UNDECIDED, reason=f"{location.words}; about 14 pairs would")
    assert outlook_of(some).words.startswith("About 14 pairs in all")


def test_a_baseline_that_has_too_few_sound_runs_is_not_helped_by_seeds():
    poor = replace(TOO_FEW, baseline_failed=18)
    assert outlook_of(poor).brief == "too few sound runs in the baseline"
    assert outlook_of(poor).words.startswith("Not more seeds: 2 of the baseline's 20 runs are not lost")
    both = replace(TOO_FEW, runs=6, failed=4, baseline_failed=18)
    assert outlook_of(both).brief == "too few sound runs in the baseline"


def test_a_verdict_without_parts_that_is_open_says_its_reason():
    out_of_time = Verdict("cell", Status.INCONCLUSIVE, "the budget is spent before the first look")
    assert "the budget is spent" in outlook_of(out_of_time).words


def lines_below(verdict, title):
    return next((section.lines for section in explain(verdict) if section.title == title), ())


def test_a_pass_says_what_it_rules_out_and_what_it_leaves_open():
    loss, spread = f"{SHOWN.ruled_out.loss:.2f}", f"{SHOWN.ruled_out.spread:.1f}"
    assert lines_below(SHOWN, "What it rules out") == (
        f"A mean that is lower by more than {loss} points.",
        "More than 39 further lost runs in 100.",
        f"Scores that scatter more than {spread} times as much.",
    )
    assert lines_below(SHOWN, "What it does not rule out") == (
        f"A mean that is lower by up to {loss} points, which is held not to matter.",
        "A loss of about 0.30 points is even shown: if nothing had changed, chance alone would show as much in one of "
        "25,000 comparisons. It passes since it is smaller than the margin.",
        "Up to 39 further lost runs in 100: with so few runs a candidate that loses as many can look like this.",
        f"Scores that scatter up to {spread} times as much.",
    )
    # the control: what is no PASS rules nothing out
    for title in ("What it rules out", "What it does not rule out"):
        assert lines_below(UNDECIDED, title) == ()


def test_a_gain_is_no_loss():
    gained = replace(PASSED, ruled_out=RuledOut(loss=-0.2))
    assert lines_below(gained, "What it rules out") == ("A lower mean: it is higher by at least 0.20 points.",)
    assert outlook_of(gained).brief == "gains at least 0.20"
    assert lines_below(gained, "What it does not rule out") == ("Scores that scatter more, however much.",)


def test_nothing_is_said_to_be_open_that_is_ruled_out():
    sure = replace(PASSED, ruled_out=RuledOut(loss=0.0, more_lost=-0.1, spread=0.8))
    assert lines_below(sure, "What it does not rule out") == ()
    assert "More than 0 further lost runs in 100." in lines_below(sure, "What it rules out")


def test_the_loss_that_is_shown_stands_beside_the_cell():
    assert explained(SHOWN).startswith(f"{SHOWN.cell}: PASS, loss shown: -0.30, p = 4e-05\n")


def test_a_loss_that_the_policy_lets_not_pass_contradicts_no_part():
    assert "Every part lets it pass, but location shows a loss" in explained(SHOWN_FAILS).replace("\n    ", " ")


def test_lost_runs_are_told_apart():
    counts = lines_below(
        replace(UNDECIDED, failed=3, collapsed=1, baseline_failed=2, baseline_collapsed=2), "What was measured"
    )
    assert counts[0] == (
        "6 runs, of which 2 failed and 1 collapsed, against 20 of the baseline, of which 0 failed and 2 collapsed."
    )
    assert counts[1].startswith("A run has failed if it learned nothing")


def test_a_missing_baseline_is_not_said_to_lack_a_margin():
    assert "no margin" not in explained(EVERY["invalid"])
    assert "no margin" in explained(EVERY["no margin"])
