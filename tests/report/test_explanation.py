import json
from dataclasses import replace

import pytest

from stablebert.gate import PARTS, MoreSeeds, Numbers, Part, PartKind, RuledOut, Says, Status, Verdict
from stablebert.report import explain, explained, sentences
from stablebert.report.explanation import Outlook, outlook_of
from stablebert.report.sentences import kind_of, part_sentence
from tests.report.verdicts import (
    COMMAND,
    DISAGREEING,
    EVERY,
    PASSED,
    POOLED,
    SHOWN,
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
    of up to 0.70 points is held not to matter: that is the margin.

What was measured
  5 runs, of which 0 failed, against 20 of the baseline, of which 0 failed.
  Mean score of the runs that neither failed nor collapsed: 89.60 (standard deviation 0.40), in the
    baseline 89.90 (standard deviation 0.50).
  Difference: -0.30 points; with the caution that the rule asks for it may be as low as -0.90.
  The two groups of runs are compared as wholes, with one standard deviation unless the candidate's is
    clearly larger.
  With so many seeds a loss of 0.80 points or more would be ruled out in four cases of five if nothing
    were lost.

What each part said
  location (are the runs that are not lost as good as the baseline's?) holds the PASS back: a loss of
    0.70 points is not ruled out. At the cautious end it is -0.90 points, 0.20 beyond the limit of
    -0.70.
  spread (do the runs scatter more than the baseline's?) lets it pass: standard deviation 0.40, in the
    baseline 0.50. Chance alone would show as much in 60 % of all comparisons.

Why INCONCLUSIVE
  No part raises an alarm, but location holds the PASS back: a loss of 0.70 points is not ruled out;
    about 8 seeds would.

What would change it
  About 8 seeds in all, 3 more than now, would mostly decide it if nothing is lost.

How to see it again
  pytest bench/test_section4.py -k trec_debiased_3ep_minilm_fp32 --stablebert-seed-block=100"""


def test_a_loss_that_is_shown_beside_a_pass_is_said_first_and_where_it_says_why():
    text = explained(SHOWN)
    assert text.startswith(f"{SHOWN.cell}: PASS, loss shown: -0.30, p = 4e-05\n")
    why = {section.title: " ".join(section.lines) for section in explain(SHOWN)}["Why PASS"]
    assert why.endswith(" A loss that is smaller than the margin is shown all the same.")
    # the control: a PASS that shows none
    assert explained(PASSED).startswith(f"{PASSED.cell}: PASS\n")
    assert "all the same" not in explained(PASSED)


def test_an_alarm_of_location_says_what_is_supposed_for_its_p_value():
    (part,) = (part for part in WORSE.parts if part.name == "location")
    sentence = part_sentence(part, "points")
    assert part.words in sentence
    assert "is shown (p = " in part.words
    assert ". If no more than that were lost, chance alone would show as much in " in sentence
    # the others suppose that nothing has changed
    (other,) = (part for part in WORSE.parts if part.name == "failed runs")
    assert "If nothing had changed, chance alone" in part_sentence(other, "points")


def test_what_is_as_it_ever_was_is_said_in_few_words():
    assert part_sentence(Part("spread", Says.ALLOWS, "same", 1.0, None, 1.0, 1.0, 5e-4), "points").endswith(": same.")
    # what these seeds could have shown is of interest while more may be made
    could = "would be ruled out in four cases of five"
    assert could in explained(UNDECIDED).replace("\n    ", " ")
    assert could not in explained(PASSED).replace("\n    ", " ") + explained(WORSE).replace("\n    ", " ")
    assert min(PASSED.detectable, WORSE.detectable) > 0


def test_identical_runs_without_a_margin_are_not_told_to_make_more():
    held = Verdict("cell", Status.INCONCLUSIVE, "identical, 6 seeds; no margin", pairing="identical", runs=6)
    assert outlook_of(held).brief == "no margin"
    assert "Not more seeds" in outlook_of(held).words


def test_an_estimate_beyond_the_margin_is_said_once():
    (section,) = (one for one in explain(EVERY["beyond"]) if one.title == "What would change it")
    assert EVERY["beyond"].reason not in section.lines[0]
    assert all(sentence.strip()[0].isupper() for sentence in section.lines[0].split(". "))


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
            "; it counts where that is no more than 0.05 %.",
        ),
        (
            Part("spread", Says.ALLOWS, "same", 1.0, None, 1.0, 0.4, 5e-4),
            "same. Chance alone would show as much in 40 %",
        ),
        (Part("spread", Says.ALLOWS, "more", 1.0, None, 1.0, 0.04, 5e-4), "in 4 % of all comparisons; it counts where"),
        (Part("spread", Says.ALARMS, "more", 1.0, None, 1.0, 1e-9, 5e-4), "as much in less than 0.001 % of all"),
        (Part("failure rate", Says.ALLOWS, "may", 0.0, 0.49, 0.5), "1 percentage point below"),
        (Part("failure rate", Says.WITHHOLDS, "may", 0.2, 0.66, 0.5), "16 percentage points above"),
        (Part("failure rate", Says.ALLOWS, "may", 0.0, 0.45, 0.5), "5 percentage points below"),
    ],
)
def test_a_part_says_by_how_much(part, words):
    assert words in part_sentence(part, "points")


@pytest.mark.parametrize(
    ("name", "brief", "words"),
    [
        ("passed", "loss ruled out", "Nothing more is needed"),
        ("identical", "identical", "Nothing more is needed"),
        ("worse", "location, p = ", "More seeds will not"),
        ("failing", "failed runs, p = ", "More seeds will not"),
        ("undecided", "14 seeds would", "8 more than now"),
        ("never", "never with this baseline", "Never with this baseline"),
        ("may be real", "the loss may be real", "The loss may be real"),
        ("beyond", "beyond the margin", "rather show the loss"),
        ("no margin", "no margin", "--stablebert-margin"),
        ("disagreeing", "loss ruled out", "Nothing more is needed"),
        ("loss shown", "loss shown, within the margin", "Nothing more is needed"),
        ("too few", "too few sound runs", "Fewer lost runs"),
        ("futile", "stopped as futile", "improbable"),
        ("failure rate", "failure rate: 10 seeds would", "if no further run is lost"),
        ("all runs", "all runs: not shown", "Fewer lost runs"),
        ("training loss", "training loss higher", "Not more seeds"),
        ("invalid", "it has no baseline", "Nothing is known yet"),
        ("pooled", "more seeds", "the loss may be real"),
    ],
)
def test_what_would_change_a_verdict(name, brief, words):
    outlook = outlook_of(EVERY[name])
    assert outlook.brief.startswith(brief)
    assert words in outlook.words


def test_a_pooled_estimate_inside_its_margin_casts_no_doubt():
    assert "may be real" not in outlook_of(replace(POOLED, difference=-0.4)).words


def test_a_verdict_without_parts_that_is_open_says_its_reason():
    out_of_time = Verdict("cell", Status.INCONCLUSIVE, "the budget is spent before the first look")
    assert "the budget is spent" in outlook_of(out_of_time).words


def test_a_pass_says_what_it_rules_out_and_what_it_leaves_open():
    (section,) = [section for section in explain(SHOWN) if section.title == "What it rules out"]
    loss, lost, spread, shown = section.lines
    assert loss == f"Lower by more than {SHOWN.ruled_out.loss:.2f} points; a smaller loss is not ruled out."
    assert "more frequent by over 39 percentage points; a rarer failure could have stayed unseen" in lost
    assert spread == f"Scores that scatter more than {SHOWN.ruled_out.spread:.1f} times as much."
    assert "a loss of about 0.30 points is shown" in shown
    assert "0.004 % of all comparisons" in shown
    # the control: what is no PASS rules nothing out
    assert "What it rules out" not in [section.title for section in explain(UNDECIDED)]


def test_how_much_seeds_disagree_is_told_as_what_decides_nothing():
    (section,) = [section for section in explain(DISAGREEING) if section.title == "What was measured"]
    assert section.lines[-1] == (
        "Seeds disagree on 6.1 % of the test examples (accepted runs: 5.8 %): this is for information and decides "
        "nothing."
    )
    # the control: it is the only line that comes, and nothing stands where it is not known
    without = replace(DISAGREEING, disagreement=None)
    assert [one for one in explain(DISAGREEING) if one.title != section.title] == [
        one for one in explain(without) if one.title != section.title
    ]
    assert "disagree" not in explained(without)


def test_a_gain_is_no_loss():
    gained = replace(PASSED, ruled_out=RuledOut(loss=-0.2))
    assert "the mean is higher by at least 0.20 points" in explained(gained)
