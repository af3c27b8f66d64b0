from stablebert.gate import Status, Verdict
from stablebert.report import to_markdown, verdict_lines

VERDICTS = [
    Verdict(
        "trec_debiased_3ep_minilm_fp32",
        Status.PASS,
        "a loss of 1.00 points is ruled out",
        runs=5,
        baseline_runs=20,
        mean=90.0,
        sd=0.5,
        baseline_mean=89.5,
        baseline_sd=0.4,
        difference=0.5,
        lower_bound=-0.1,
        margin=1.0,
        pairing="welch",
    ),
    Verdict("sms_debiased_3ep_minilm_fp32", Status.INVALID, "it has no baseline"),
]


def test_columns_are_aligned_and_reasons_follow():
    lines = verdict_lines(VERDICTS)
    assert len({len(line) for line in lines[:3]}) == 1
    assert lines[1].split() == [
        "trec_debiased_3ep_minilm_fp32",
        "PASS",
        "5/20",
        "0/0",
        "90.00",
        "0.50",
        "89.50",
        "±",
        "0.40",
        "+0.50",
        "-0.10",
        "1.00",
    ]
    assert lines[3:] == ["sms_debiased_3ep_minilm_fp32: it has no baseline"]


def test_a_pooled_row_names_its_unit():
    pooled = Verdict("pooled", Status.PASS, "ruled out", runs=5, difference=-0.1, unit="margins")
    assert verdict_lines([pooled])[1].startswith("pooled (in margins)  PASS")


def test_markdown_has_one_row_a_verdict_and_its_sentence():
    text = to_markdown(VERDICTS)
    assert text.count("| trec_debiased_3ep_minilm_fp32 |") == 1
    assert "- `sms_debiased_3ep_minilm_fp32`: INVALID: it has no baseline" in text
    assert all(line.count("|") == 11 for line in text.splitlines() if line.startswith("|"))
