import re
from dataclasses import replace

from stablebert.gate import Status
from stablebert.report import SessionReport, explain, to_markdown
from tests.report.verdicts import COMMAND, EVERY, INVALID, PASSED


def test_the_table_has_one_row_a_verdict_with_as_many_cells_as_its_head():
    text = to_markdown(SessionReport(Status.FAIL, list(EVERY.values())))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == len(EVERY) + 2
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {11}
    assert text.startswith("### stablebert: FAIL\n")


def test_every_verdict_is_explained_below_a_fold_and_its_command_is_code():
    text = to_markdown(SessionReport(Status.PASS, [PASSED, INVALID]))
    assert text.count("<details>") == text.count("</details>") == 2
    assert text.count(f"```console\n$ {COMMAND}\n```") == 2
    for section in explain(PASSED):
        assert f"**{section.title}**" in text


def test_a_reason_breaks_neither_table_nor_page():
    broken = replace(INVALID, reason="a | b\n<script>")
    text = to_markdown(SessionReport(Status.INVALID, [broken], notes=["one\ntwo"]))
    row = next(line for line in text.splitlines() if line.startswith("| `"))
    assert row.endswith("| a \\| b &lt;script> |")
    assert "<script>" not in text
    assert "\n- one two\n" in text
