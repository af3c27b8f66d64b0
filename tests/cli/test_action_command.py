import json
import os

import pytest

from stablebert.cli import main
from stablebert.cli.action import exit_code_of
from stablebert.gate import Status
from stablebert.report import SessionReport, write_verdicts
from tests.cli.fake_github import TOKEN, FakeGitHub
from tests.report.verdicts import FAILING, PASSED


@pytest.fixture(autouse=True)
def step(tmp_path, monkeypatch):
    """A step of a workflow in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "PYTEST_"))]:
        monkeypatch.delenv(name)
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV"):
        monkeypatch.setenv(name, str(tmp_path / name))
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture
def pull_request(step, monkeypatch):
    """A step of a workflow for a pull request, with a token, on a fake of GitHub."""
    (step / "event.json").write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": "abcdef"}}}))
    fake = FakeGitHub()
    with fake.served() as address:
        for name, value in {
            "GITHUB_EVENT_PATH": str(step / "event.json"),
            "GITHUB_REPOSITORY": "owner/name",
            "GITHUB_API_URL": address,
            "GITHUB_SERVER_URL": "https://host",
            "GITHUB_RUN_ID": "12",
            "GITHUB_TOKEN": TOKEN,
        }.items():
            monkeypatch.setenv(name, value)
        yield fake


def planted_pytest(step, *, status=None, verdicts=(), code="", exits=0):
    """Write what `python -m pytest` finds first: it notes its words, leaves such a session, does something, and exits."""
    lines = [
        "import json, os, pathlib, shutil, sys",
        "pathlib.Path('words').write_text(json.dumps(sys.argv[1:]))",
        code,
    ]
    if status is not None:
        write_verdicts(step / "kept", SessionReport(status, verdicts))
        lines.append("shutil.copytree('kept', 'left', dirs_exist_ok=True)")
    (step / "pytest.py").write_text("\n".join((*lines, f"sys.exit({exits})")))


def outputs(step):
    return dict(line.split("=") for line in (step / "GITHUB_OUTPUT").read_text().splitlines())


def summary(step):
    return (step / "GITHUB_STEP_SUMMARY").read_text()


def session(arguments="-k trec"):
    return main(["action", "session", "--report", "left", f"--arguments={arguments}"])


def comment(*given):
    return main(["action", "comment", "--report", "left", "--arguments=-k trec", *given])


def test_a_session_exits_as_pytest_does_and_says_its_verdict(step, capfd):
    planted_pytest(step, status=Status.PASS, verdicts=[PASSED])
    assert session() == 0
    assert outputs(step) == {"verdict": "PASS", "exit-code": "0"}
    assert "verdict: PASS, exit status 0" in capfd.readouterr().out
    assert json.loads((step / "words").read_text()) == ["--stablebert-report=left", "-k", "trec"]
    planted_pytest(step, status=Status.FAIL, verdicts=[FAILING], exits=1)
    assert session() == 1
    assert outputs(step) == {"verdict": "FAIL", "exit-code": "1"}
    # pytest itself says verdicts there
    assert summary(step) == ""


def test_a_session_without_a_verdict_is_invalid_and_never_passes(step):
    write_verdicts(step / "left", SessionReport(Status.PASS, [PASSED]))
    planted_pytest(step)
    # an earlier session's verdict is none of this one's
    assert session() == 4
    assert outputs(step) == {"verdict": "INVALID", "exit-code": "4"}
    assert "### stablebert: INVALID" in summary(step)
    assert "the session left no verdict" in summary(step)


@pytest.mark.parametrize(
    "text", ["", "{", '{"session": "FINE", "verdicts": []}', '{"session": "PASS", "verdicts": [], "contract": [3]}']
)
def test_a_file_that_holds_no_verdict_is_invalid(step, text):
    (step / "text").write_text(text)
    planted_pytest(step, code="os.makedirs('left'); shutil.copy('text', 'left/verdicts.json')")
    assert session() == 4
    assert outputs(step)["verdict"] == "INVALID"


def test_words_are_never_a_shells(step):
    planted_pytest(step, status=Status.PASS)
    assert session("-k 'it and not `touch planted`' $(touch planted); touch planted") == 0
    assert not (step / "planted").exists()
    words = json.loads((step / "words").read_text())[1:]
    assert words == ["-k", "it and not `touch planted`", "$(touch", "planted);", "touch", "planted"]


@pytest.mark.parametrize("arguments", ["--stablebert-report=mine", "'open"])
def test_arguments_that_cannot_be_are_an_error_and_leave_no_earlier_verdict(step, arguments, capsys):
    write_verdicts(step / "left", SessionReport(Status.PASS, [PASSED]))
    assert session(arguments) == 2
    assert "stablebert action: " in capsys.readouterr().err
    assert not (step / "left" / "verdicts.json").exists()


def test_what_is_judged_sees_neither_token_nor_the_files_of_later_steps(step, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    seen = "if {'GITHUB_TOKEN', 'GITHUB_ENV', 'GITHUB_OUTPUT'} & {*os.environ}: sys.exit(1)"
    planted_pytest(step, status=Status.PASS, code=seen)
    assert session() == 0
    # the control: where they are not withheld, it sees them
    monkeypatch.setattr("stablebert.cli.action._WITHHELD", ())
    assert session() == 1


@pytest.mark.parametrize(
    ("returned", "status", "code"),
    [
        (0, Status.PASS, 0),
        (0, Status.INCONCLUSIVE, 0),
        (0, Status.FAIL, 1),
        (0, Status.INVALID, 4),
        (1, Status.PASS, 1),
        (5, Status.INVALID, 5),
        (-9, Status.PASS, 137),
    ],
)
def test_zero_is_a_verdict_and_nothing_else(returned, status, code):
    assert exit_code_of(returned, status) == code


def test_one_comment_follows_the_sessions(step, pull_request, capsys):
    write_verdicts(step / "left", SessionReport(Status.FAIL, [FAILING]))
    assert comment("--exit-code=1") == 0
    write_verdicts(step / "left", SessionReport(Status.PASS, [PASSED]))
    assert comment("--exit-code=0") == 0
    assert capsys.readouterr().out == "comment: created\ncomment: updated\n"
    (found,) = pull_request.comments
    assert "### stablebert: PASS" in found["body"].splitlines()[1]
    assert "`pytest -k trec` exited with 0 at abcdef ([log](https://host/owner/name/actions/runs/12))" in found["body"]
    assert summary(step) == ""


@pytest.mark.parametrize(
    ("status", "code", "comments"),
    [(Status.PASS, "0", 0), (Status.PASS, "1", 1), (Status.PASS, "", 1), (Status.INCONCLUSIVE, "0", 1)],
)
def test_on_alert_there_is_a_comment_only_where_something_is_wrong(step, pull_request, status, code, comments):
    write_verdicts(step / "left", SessionReport(status, [PASSED]))
    assert comment("--when=alert", f"--exit-code={code}") == 0
    assert len(pull_request.comments) == comments


def test_a_session_that_left_nothing_is_commented_as_invalid(pull_request):
    assert comment() == 0
    assert "### stablebert: INVALID\n" in pull_request.comments[0]["body"]
    assert "the session left no verdict" in pull_request.comments[0]["body"]


def test_a_fork_has_its_verdict_in_the_summary_and_fails_nothing(step, pull_request, monkeypatch, capsys):
    write_verdicts(step / "left", SessionReport(Status.FAIL, [FAILING]))
    pull_request.answers["POST"] = [403]
    assert comment("--exit-code=1") == 0
    monkeypatch.setenv("GITHUB_TOKEN", "")
    assert comment("--exit-code=1") == 0
    refused, none = summary(step).splitlines()
    assert "HTTP 403" in refused
    assert "there is no token, as in one from a fork" in none
    assert all("never for a fork" in line or "from a fork" in line for line in (refused, none))
    assert all(line.endswith("The verdict is **FAIL** all the same.") for line in (refused, none))
    assert capsys.readouterr().out.count("no comment on this pull request") == 2
    assert pull_request.comments == []


def test_a_push_is_no_pull_request_and_needs_no_token(step, pull_request, monkeypatch, capsys):
    (step / "event.json").write_text('{"ref": "refs/heads/main"}')
    monkeypatch.setenv("GITHUB_TOKEN", "")
    assert comment("--exit-code=0") == 0
    assert capsys.readouterr().out == "no comment: this is no pull request\n"
    assert (summary(step), pull_request.asked) == ("", [])


def test_the_token_is_in_no_output(step, pull_request, capfd):
    write_verdicts(step / "left", SessionReport(Status.FAIL, [FAILING]))
    pull_request.answers["GET"] = [403, (403, json.dumps({"message": f"bad {TOKEN} @octocat"}))]
    assert comment("--exit-code=1") == 0
    pull_request.answers["GET"] = [403, (200, TOKEN)]
    assert comment("--exit-code=1") == 0
    assert comment("--exit-code=1") == 0
    out, err = capfd.readouterr()
    said = "".join((out, err, summary(step), (step / "GITHUB_OUTPUT").read_text(), pull_request.comments[0]["body"]))
    assert TOKEN not in said
    assert "bad ***" in said
    assert "@octocat" not in said
    # the control: it was sent
    assert pull_request.tokens == {f"Bearer {TOKEN}"}
