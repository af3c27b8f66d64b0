import json
import re
from dataclasses import replace

import pytest

from stablebert.gate import Status, Verdict
from stablebert.report import (
    SessionReport,
    append_summary,
    explain,
    read_report,
    read_verdicts,
    to_markdown,
    write_report,
    write_verdicts,
)
from tests.report.verdicts import COMMAND, EVERY, INVALID, PASSED

VERDICTS = list(EVERY.values())


def test_what_is_written_is_read_again(tmp_path):
    write_verdicts(tmp_path / "new", SessionReport(Status.FAIL, VERDICTS, notes=["a note"]))
    assert read_verdicts(tmp_path / "new" / "verdicts.json") == VERDICTS
    data = json.loads((tmp_path / "new" / "verdicts.json").read_text())
    assert (data["session"], data["notes"]) == ("FAIL", ["a note"])


def test_a_list_and_a_single_verdict_are_read_too(tmp_path):
    path = tmp_path / "one.json"
    for data in (PASSED.to_dict(), [PASSED.to_dict()]):
        path.write_text(json.dumps(data))
        assert read_verdicts(path) == [PASSED]


@pytest.mark.parametrize(
    "text", ["", "3", "[3]", "{}", '{"verdicts": 3}', '{"verdicts": [{"cell": "a", "parts": []}]}']
)
def test_what_holds_no_verdicts_is_one_clear_error(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"bad\.json holds no verdicts of this version"):
        read_verdicts(path)


def test_a_field_of_another_version_is_an_error_and_not_left_out(tmp_path):
    path = tmp_path / "newer.json"
    path.write_text(json.dumps({**PASSED.to_dict(), "colour": "blue"}))
    with pytest.raises(ValueError, match="colour"):
        read_verdicts(path)


def test_a_report_is_data_and_markdown(tmp_path):
    write_report(tmp_path, SessionReport(Status.PASS, [PASSED]))
    assert read_verdicts(tmp_path / "verdicts.json") == [PASSED]
    assert (tmp_path / "verdicts.md").read_text().startswith("### stablebert: PASS")


def test_a_summary_is_appended_where_the_variable_is_set(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    append_summary({}, "nothing")
    append_summary({"GITHUB_STEP_SUMMARY": ""}, "nothing")
    assert path.read_text() == "before\n"
    append_summary({"GITHUB_STEP_SUMMARY": str(path)}, "after")
    assert path.read_text() == "before\nafter\n"


def test_the_json_is_strict():
    def refuse(constant):
        raise AssertionError(constant)

    for verdict in VERDICTS:
        text = json.dumps(verdict.to_dict())
        assert Verdict.from_dict(json.loads(text, parse_constant=refuse)) == verdict


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


def test_a_report_without_verdicts_has_no_table_and_says_what_broke(tmp_path):
    finding = {"optimizer": "a.b:C", "law": "some-law", "status": "broken", "detail": "it grows | falls"}
    report = SessionReport(Status.FAIL, (), [finding], ["a note"])
    text = to_markdown(report)
    assert text.startswith(
        "### stablebert: FAIL\n\n- contract FAIL: a.b:C: 1 broken\n- broken law some-law: it grows \\| f"
    )
    assert "| cell |" not in text
    write_report(tmp_path, report)
    assert read_report(tmp_path / "verdicts.json") == replace(report, verdicts=[])
    # the control: where there are verdicts there is their table
    assert "| cell |" in to_markdown(replace(report, verdicts=[PASSED]))
