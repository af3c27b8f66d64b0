"""Output that a document shows is what is printed: a command with lines below it is run, on the baselines shipped."""

import re
import shlex
from dataclasses import dataclass

import pytest

from stablebert.cli.commands import main
from stablebert.report import explained, verdict_lines
from tests.defects.real_runs import collected, known_rows, verdict_of
from tests.test_documents import DOCUMENTS, ROOT, page


@dataclass(frozen=True)
class Shown:
    """A command of a document, and the part of its output that stands there."""

    document: str
    words: str
    output: str


def shown_in(document, text):
    """Return the commands that a text shows with their output; the block's first line is the command."""
    blocks = re.findall(r"```console\n\$ stablebert (.*?)\n(.*?)```", text, re.DOTALL)
    return [Shown(document, words, output) for words, output in blocks if output and not output.startswith("$ ")]


def marked(text, mark):
    """Return the block below `<!-- MARK: WORDS -->`, and the words."""
    (found,) = re.findall(rf"<!-- {mark}: (.*?) -->\n```text\n(.*?)```", text, re.DOTALL)
    return found[1], found[0]


def verdicts_on(words):
    """Return the verdicts on real runs of a task: unchanged ones, or with a defect planted (docs/sensitivity.md)."""
    task, *arms = words.replace(",", "").replace(" and ", " ").split()
    accepted = collected(task)
    return [verdict_of(known_rows(arm, task, accepted), accepted) for arm in arms]


COMMANDS = [shown for path in DOCUMENTS for shown in shown_in(path.relative_to(ROOT).as_posix(), path.read_text())]
# planning looks for the times of stored runs and comparing for other weights, so that both read data and encoder
WITH_ASSETS = ("plan", "compare")


def run_of(shown):
    marks = [pytest.mark.assets] if shown.words.startswith(WITH_ASSETS) else []
    return pytest.param(shown, id=f"{shown.document}: {shown.words}", marks=marks)


@pytest.mark.parametrize("shown", [run_of(shown) for shown in COMMANDS])
def test_a_command_prints_what_is_shown(shown, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("STABLEBERT_STORE", str(tmp_path))
    main(shlex.split(shown.words))
    printed = capsys.readouterr().out
    assert shown.output in printed
    # the control: a digit that is another one is noticed
    assert re.sub(r"\d", lambda digit: str(9 - int(digit[0])), shown.output, count=1) not in printed


def test_what_is_run_is_found():
    assert {shown.words.split()[0] for shown in COMMANDS} == {"compare", "plan", "paper", "expected", "doctor", "list"}
    block = "```console\n$ stablebert plan CELL\n20 of 20\n```\n```console\n$ stablebert fetch\n$ stablebert list\n```"
    assert shown_in("README.md", block) == [Shown("README.md", "plan CELL", "20 of 20\n")]


def test_the_readmes_verdicts_are_those_on_the_rows_in_git():
    shown, words = marked(page("README.md"), "judged")
    verdicts = verdicts_on(words)
    assert {verdict.status for verdict in verdicts} == {"PASS", "FAIL"}
    assert shown.splitlines() == verdict_lines(verdicts)
    # the control: other runs are judged in other words
    assert shown.splitlines() != verdict_lines(verdicts_on("trec none, no-clipping, bertadam"))


def test_the_words_of_a_verdict_are_those_of_explain():
    shown, words = marked(page("docs/gate.md"), "explained")
    (verdict,) = verdicts_on(words)
    assert explained(verdict).rstrip().endswith(shown.rstrip())
    assert shown.startswith(f"Why {verdict.status}")
