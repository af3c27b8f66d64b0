"""What is read of a session: verdicts to be verified, what a page shows beside them, and what GitHub says."""

import argparse
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.baselines import BaselineError
from stablebert.cli import github, judge, verify
from stablebert.cli.github import GitHubError, PullRequest, keep_comment, pull_request_of
from stablebert.report.page.content import _documents, _ledger
from tests.fuzz.mutations import data, files
from tests.fuzz.reading import answers, folder, put
from tests.synthetic import wobble

__all__ = ["folder"]
REAL = Path(__file__).parents[2]
EVENT = {"pull_request": {"number": 7, "head": {"sha": "abc"}}}
ENVIRONMENT = {"GITHUB_REPOSITORY": "owner/name", "GITHUB_TOKEN": "ghs_planted"}
COMMENT = [{"id": 3, "user": {"type": "Bot", "login": "b"}, "body": "<!-- ours -->\nold"}]


def as_json(*valid):
    return st.one_of(data(*valid).map(lambda found: json.dumps(found).encode()), files(json.dumps(valid[0]).encode()))


@pytest.fixture(scope="module")
def judged(folder):
    """The verdict of two tables, as `judge --json` prints it, in a working directory that has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, first in (("base", 0), ("new", 300)):
            rows = "".join(f"{seed},{90 + wobble(seed + first)!r}\n" for seed in range(20))
            put(folder, f"{name}.csv", f"seed,score\n{rows}".encode())
        parser = argparse.ArgumentParser()
        judge.add_arguments(parser)
        found = judge.judged(parser.parse_args(["base.csv", "new.csv", "--margin", "1"]))
        (verdict,) = found.verdicts
        yield {"session": "PASS", "verdicts": [json.loads(json.dumps(verdict.to_dict()))], "evidence": found.evidence}


def verified(folder, content):
    path = put(folder, "verdicts.json", content)
    return answers(lambda: verify.work(argparse.Namespace(file=path)), ValueError, OSError, BaselineError)


@given(drawn=st.data())
def test_a_file_to_be_verified(folder, judged, drawn):
    verified(folder, drawn.draw(as_json(judged)))


@given(files(b"stablebert judge base.csv new.csv --margin 1 --looks 6,12", b"GLUE_DIR=/x stablebert judge a b --help"))
def test_a_command_to_be_derived(folder, judged, content):
    (verdict,) = judged["verdicts"]
    command = content.decode("utf-8", "replace")
    verified(folder, json.dumps({**judged, "verdicts": [{**verdict, "command": command}]}).encode())


def test_what_is_whole_is_verified(folder, judged, capsys):
    assert verified(folder, json.dumps(judged).encode()) == 0
    assert "new: PASS follows again" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", ["judge --help", "judge base.csv", "judge base.csv new.csv --margins 3", "judge 'base"]
)
def test_a_command_that_is_none_is_named_and_ends_nothing(folder, judged, words):
    (verdict,) = judged["verdicts"]
    path = put(folder, "v.json", json.dumps([{**verdict, "command": f"stablebert {words}"}]).encode())
    with pytest.raises(ValueError, match=f"'?stablebert {words[:9]}.* is no command of a verdict"):
        verify.work(argparse.Namespace(file=path))


@given(files((REAL / "baselines" / "LEDGER.md").read_bytes()[:2000]))
def test_a_ledger(folder, content):
    put(folder, "baselines/LEDGER.md", content)
    answers(lambda: _ledger([folder / "baselines"]), BaselineError, of="LEDGER.md")


@given(
    files((REAL / "docs" / "calibration.md").read_bytes()[:6000]), files(b"# What a search\n\n| - | PASS |\n| - |\n")
)
def test_documents_that_a_page_shows(folder, calibration, sensitivity):
    put(folder, "docs/calibration.md", calibration)
    put(folder, "docs/sensitivity.md", sensitivity)
    assert len(_documents(folder / "docs")) <= 2


@given(as_json(EVENT))
def test_an_event(folder, content):
    path = put(folder, "event.json", content)
    answers(lambda: pull_request_of({**ENVIRONMENT, "GITHUB_EVENT_PATH": str(path)}), ValueError)


@given(as_json(COMMENT), as_json({"login": "b"}))
def test_answers_of_an_api(comments, login):
    class Opener:
        """Answers as drawn."""

        def open(self, request, timeout):
            return io.BytesIO(login if request.full_url.endswith("/user") else comments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(github, "_OPENER", Opener())
        asked = PullRequest("https://api", "owner/name", 7, "ghs_planted")
        answers(lambda: keep_comment(asked, "<!-- ours -->", "new", pause=lambda _: None), GitHubError)


@pytest.mark.parametrize("number", ["Infinity", "null", '"x"'])
def test_a_comment_without_a_number_is_named(number, monkeypatch):
    comments = f'[{{"id": {number}, "user": {{"type": "Bot"}}, "body": "<!-- ours -->"}}]'.encode()

    class Opener:
        """Answers that."""

        def open(self, request, timeout):
            return io.BytesIO(b"{}" if request.full_url.endswith("/user") else comments)

    monkeypatch.setattr(github, "_OPENER", Opener())
    with pytest.raises(GitHubError, match="answered with something else than comments"):
        keep_comment(PullRequest("https://api", "owner/name", 7, "t"), "<!-- ours -->", "new", pause=lambda _: None)
