"""The action and the workflows: nothing is pasted into a shell, nothing may more than it must, all is pinned."""

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from stablebert.cli.action import add_arguments

ROOT = Path(__file__).parents[1]
ACTION = ROOT / "action.yml"
FILES = [ACTION, *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
# what a job may write, by workflow and job; all others read at most
WRITES = {("release.yml", "publish"): {"id-token", "attestations"}}
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def read(path):
    return yaml.safe_load(path.read_text())


def jobs_of(document):
    """Return the jobs of a workflow, or an action as its one job."""
    return document["jobs"] if "jobs" in document else {"action": document["runs"]}


def steps_of(document):
    return [step for job in jobs_of(document).values() for step in job["steps"]]


def pasted(document):
    """Return the scripts into which an expression would be pasted."""
    return [step["run"] for step in steps_of(document) if "${{" in step.get("run", "")]


def excessive(document, name):
    """Return the permissions to write that nobody has listed, and where none are given, so that the default holds."""
    found = []
    general = document.get("permissions")
    for job, content in jobs_of(document).items():
        given = content.get("permissions", general)
        if not isinstance(given, dict):
            found.append(f"{job}: {given}")
            continue
        written = {scope for scope, value in given.items() if value not in ("read", "none")}
        found += [f"{job}: {scope}" for scope in written - WRITES.get((name, job), set())]
    return found


def unpinned(text):
    """Return the actions of others that are not named by commit, with the version behind it."""
    used = re.findall(r"uses: (.*)", text)
    # our own lies beside the workflow
    return [line for line in used if line != "./" and not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)]


@every_file
def test_no_expression_is_pasted_into_a_script(path):
    document = read(path)
    assert pasted(document) == []
    # the control
    planted = copy.deepcopy(document)
    steps_of(planted)[0]["run"] = "echo ${{ github.event.pull_request.title }}"
    assert len(pasted(planted)) == 1


@every_file
def test_actions_are_pinned_by_commit(path):
    assert unpinned(path.read_text()) == []
    assert unpinned("uses: some/action@v4\n- uses: some/action@main # v4.0.0") == [
        "some/action@v4",
        "some/action@main # v4.0.0",
    ]


@pytest.mark.parametrize("path", FILES[1:], ids=lambda path: path.name)
def test_a_workflow_may_write_nothing_but_what_is_listed(path):
    document = read(path)
    assert excessive(document, path.name) == []
    planted = copy.deepcopy(document)
    first = next(iter(planted["jobs"].values()))
    for permissions, found in (({"contents": "write"}, 1), ("write-all", 1), (None, 1), ({"contents": "read"}, 0)):
        first["permissions"] = permissions
        assert len(excessive(planted, path.name)) == found
    # `on` is a truth value to YAML; a fork's code never runs with this repository's rights
    assert "pull_request_target" not in document[True]
    for step in steps_of(document):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_a_workflow_runs_the_parts_of_ci():
    targets = read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["make"]["strategy"]["matrix"]["target"]
    staged = re.findall(r"^stage make (\w+)", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert sorted(targets) == sorted(staged)
    assert set(targets) <= set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def script(name):
    """Return the script of a step of the action."""
    (step,) = (step for step in steps_of(read(ACTION)) if step["name"] == name)
    return step["run"]


@pytest.fixture
def run(tmp_path):
    """Run a step's script with a `python` that only notes its words, and return what it was given each time."""
    (tmp_path / "python").write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/note.py "$@"\n')
    (tmp_path / "python").chmod(0o755)
    (tmp_path / "note.py").write_text(
        "import json, pathlib, sys\n"
        "with pathlib.Path(__file__).with_name('noted').open('a') as stream: print(json.dumps(sys.argv[1:]), file=stream)"
    )

    def run(text, **variables):
        environment = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(tmp_path),
            "HOME": "/home",
        } | variables
        subprocess.run(["bash", "-e", "-o", "pipefail", "-c", text], env=environment, cwd=tmp_path, check=True)
        return [json.loads(line) for line in (tmp_path / "noted").read_text().splitlines()]

    return run


HOSTILE = '-k "a\'b" $(touch planted) `touch planted`; touch planted\n--when=never'


def test_what_a_user_gives_is_one_word_of_each_script(run, tmp_path):
    (session,) = run(script("Judge"), ARGUMENTS=HOSTILE)
    assert session[:3] == ["-m", "stablebert", "action"]
    assert session[3:] == ["session", "--report", f"{tmp_path}/stablebert-report", f"--arguments={HOSTILE}"]
    comment = run(script("Comment"), ARGUMENTS=HOSTILE, CODE="1", WHEN="alert")[-1]
    # what was judged is no longer in reach when there is a token
    assert comment[:5] == ["-P", "-E", "-m", "stablebert", "action"]
    assert comment[-3:] == [f"--arguments={HOSTILE}", "--exit-code=1", "--when=alert"]
    assert not (tmp_path / "planted").exists()
    # the control: an expression in the script is a command
    run(script("Judge").replace("$ARGUMENTS", HOSTILE.splitlines()[0].replace('"', "")), ARGUMENTS="")
    assert (tmp_path / "planted").exists()


def test_what_is_installed_is_the_action_itself_and_the_words_that_are_given(run, tmp_path):
    ours, theirs = run(script("Install"), ACTION="/the action", INSTALL="-e '.[dev, x]' $(touch planted)")
    assert ours[-2:] == ["install", "--disable-pip-version-check", "/the action"][-2:]
    assert theirs[-4:] == ["-e", ".[dev, x]", "$(touch", "planted)"]
    assert len(run(script("Install"), ACTION="/the action", INSTALL="")) == 3
    assert not (tmp_path / "planted").exists()


def test_the_action_gives_its_command_options_that_it_has():
    from argparse import ArgumentParser

    parser = ArgumentParser()
    add_arguments(parser)
    for name in ("Judge", "Comment"):
        words = re.findall(r"(?:--[a-z-]+)", script(name))
        assert words
        assert {*words} <= {option for action in parser._actions for option in action.option_strings}
    steps = read(ACTION)["runs"]["steps"]
    withheld = [step["name"] for step in steps if "token" in json.dumps(step.get("env", {})).lower()]
    assert withheld == ["Comment"]


def test_the_page_of_the_action_lists_its_inputs_and_outputs():
    action, text = read(ACTION), (ROOT / "docs" / "ci" / "github.md").read_text()
    listed = re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted([*action["inputs"], *action["outputs"]])
    for name, given in action["inputs"].items():
        if given.get("default") not in (None, "", "${{ github.token }}"):
            assert f"| `{name}` | `{given['default']}` |" in text
    # the workflow that it shows is one
    (shown,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    document = yaml.safe_load(shown)
    assert excessive(document, "shown") == ["gate: pull-requests"]
    (given,) = (step["with"] for step in steps_of(document) if "stablebert" in step.get("uses", ""))
    assert {*given} <= {*action["inputs"]}
