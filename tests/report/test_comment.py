import re
from dataclasses import replace

import pytest

from stablebert.gate import Status, Verdict
from stablebert.report import SessionReport, to_markdown
from stablebert.report.comment import MOST_CHARACTERS, Occasion, comment_of, cut, harmless_text
from tests.report.verdicts import CELL, EVERY, FAILING, INVALID, PASSED, UNDECIDED

OCCASION = Occasion(
    ("workflow", "job", "-k trec"), "pytest -k trec", 1, "0123456789abcdef", "https://host/o/r/actions/runs/7"
)
HOSTILE = (
    "--><script>alert(1)</script><!--",
    "```\n</details>\n# PASS",
    "@octocat and \\@octocat and &#64;octocat and (@org/team)",
    "[click](http://host) ![x](http://host) [x]: http://host [a][x]",
    "a | b\r\n| - |\n\n### stablebert: PASS",
    "fixes #12 and owner/name#12",
    "` code ` <b>",
)


def comment(*verdicts, status=Status.FAIL, occasion=OCCASION, **given):
    return comment_of(SessionReport(status, verdicts, **given), occasion)


def balanced(text):
    """Whether every fold is closed, none before it was opened, and no code stands open."""
    depth, in_code = 0, False
    for line in text.splitlines():
        in_code ^= line.startswith("```")
        depth += 0 if in_code else line.count("<details>") - line.count("</details>")
        if depth < 0:
            return False
    return depth == 0 and not in_code


def test_the_verdict_leads_and_the_rest_is_folded():
    text = comment(PASSED, FAILING)
    lines = text.splitlines()
    assert lines[:2] == [OCCASION.marker, "### stablebert: FAIL"]
    head, _, folded = text.partition("<details>")
    # the worst comes first, and no table stands before the fold
    assert head.index("**FAIL**") < head.index("**PASS**")
    assert "|" not in head
    assert "| `" in folded
    assert "`pytest -k trec` exited with 1 at 0123456789 ([log](https://host/o/r/actions/runs/7))" in head


def test_all_that_the_summary_says_stands_in_the_fold():
    report = SessionReport(Status.FAIL, list(EVERY.values()), notes=["a note"])
    body = comment_of(report, OCCASION)
    assert set(filter(None, to_markdown(report).splitlines())) <= set(body.splitlines())
    assert balanced(body)


def test_of_many_cells_the_worst_lead():
    text = comment(*[PASSED] * 20, FAILING)
    lead = [line for line in text.partition("<details>")[0].splitlines() if line.startswith("- ")]
    assert len(lead) == 9
    assert "**FAIL**" in lead[0]
    assert lead[-1] == "- and 13 more below"


def test_a_broken_law_and_a_failure_beside_the_verdicts_lead():
    finding = {"optimizer": "a:B", "law": "some-law", "status": "broken", "detail": "it moved"}
    beside = dict(finding, law="another", status="not applicable")
    head, _, fold = comment(PASSED, contract=[finding, beside]).partition("<details>")
    assert "another" not in head
    assert "not applicable: another" in fold
    assert head.index("broken law some-law: it moved") < head.index("**PASS**")
    assert "but it exited with 1" in comment(PASSED, status=Status.PASS)
    assert "but it exited" not in comment(PASSED, status=Status.PASS, occasion=replace(OCCASION, exit_code=0))


def test_a_session_without_verdicts_says_why_before_the_fold():
    text = comment(status=Status.INVALID, notes=["the session left no verdict"])
    assert text.index("### stablebert: INVALID") < text.index("- the session left no verdict") < text.index("<details>")


@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_quoted_acts_as_nothing_but_text(words):
    hostile = replace(FAILING, cell=words, command=words, reason=words)
    finding = {"optimizer": words, "law": words, "status": "broken", "detail": words}
    occasion = replace(OCCASION, command=words, commit=words, url=words)
    text = comment(hostile, notes=[words], contract=[finding], occasion=occasion)
    plain = comment(FAILING, notes=["x"], contract=[dict(finding, optimizer="x", law="x", detail="x")])
    # what acts is what acts in a comment that quotes nothing
    for acting in (r"<(?!details>|/details>|summary>|/summary>|code>|/code>|!-- stablebert)", r"(?m)^### .*PASS"):
        assert re.findall(acting, text) == re.findall(acting, plain) == []
    assert re.findall(r"(?<![A-Za-z0-9])@\w|&\w|&#|#\d|\]\[", text.replace("&lt;", "")) == []
    assert re.findall(r"\]\(", text) == []
    # links to definitions need none
    assert re.findall(r"\]:", text) == []
    assert balanced(text)
    assert text.count("```") == plain.count("```")
    assert text.count("|") == plain.count("|")
    assert text.count("\n| ") == plain.count("\n| ")


def test_the_check_on_what_acts_sees_what_is_planted():
    # the control: the name of a cell as it is
    text = to_markdown(SessionReport(Status.FAIL, [FAILING])).replace(FAILING.cell, HOSTILE[1])
    assert not balanced(text)


def test_ordinary_words_stay_as_they_are():
    for words in (
        PASSED.reason,
        UNDECIDED.reason,
        str(PASSED.command),
        CELL,
        "p = 1e-05 > 0.05; a@b.c",
        "50 %, ±2 – #a",
    ):
        assert harmless_text(words) == words


def test_a_long_comment_is_cut_in_whole_lines_with_all_that_is_open_closed():
    report = SessionReport(Status.FAIL, [FAILING, *list(EVERY.values()) * 40])
    whole = comment_of(report, OCCASION, most=10**9)
    assert len(whole) > 2 * MOST_CHARACTERS
    text = comment_of(report, OCCASION)
    assert MOST_CHARACTERS - 3000 < len(text) <= MOST_CHARACTERS
    assert balanced(text)
    assert "Cut here" in text.splitlines()[-1]
    assert text.splitlines()[1] == "### stablebert: FAIL"


def test_wherever_the_cut_falls_it_is_sound():
    whole = comment(PASSED, FAILING)
    lines = set(whole.splitlines())
    for most in range(200, len(whole), 7):
        text = cut(whole, most)
        assert len(text) <= most
        assert balanced(text)
        assert {line for line in text.splitlines() if line not in lines} <= {text.splitlines()[-1]}
    assert cut(whole, len(whole)) == whole
    # the control: a cut at a character breaks something somewhere
    assert not all(balanced(whole[:most]) for most in range(200, len(whole), 7))


def test_one_line_longer_than_a_comment_is_left_out_whole():
    text = comment(replace(INVALID, cell="x" * 70_000, reason="y" * 70_000), status=Status.INVALID)
    assert len(text) <= MOST_CHARACTERS
    assert balanced(text)
    assert "### stablebert: INVALID" in text


def test_each_job_and_each_command_has_a_comment_of_its_own():
    places = [("w", "job", "-k a"), ("w", "job", "-k b"), ("w", "other", "-k a"), ("wj", "ob", "-k a")]
    markers = {Occasion(place, "pytest").marker for place in places}
    assert len(markers) == 4
    assert all(re.fullmatch(r"<!-- stablebert:[0-9a-f]{16} -->", marker) for marker in markers)


def test_a_verdict_of_an_unknown_part_is_an_error_as_in_every_report():
    with pytest.raises(ValueError, match="which is said to have decided"):
        comment(replace(FAILING, decided_by="nothing"))
    assert comment(Verdict(CELL, Status.PASS, "fine"), status=Status.PASS)
