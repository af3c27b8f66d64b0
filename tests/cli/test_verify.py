"""`stablebert verify`: verdicts follow again, or what has changed is named."""

import json
import re
import shutil
from pathlib import Path

import pytest

from stablebert.baselines import read_baseline, write_baseline
from stablebert.cli import main
from stablebert.foreign import load_object
from stablebert.project import judge_stored_session, load_project
from stablebert.project.judged_files import evidence_of
from stablebert.report import SessionReport, write_verdicts
from tests.cli.conftest import CELL
from tests.synthetic import wobble

BASELINE = Path("b/minilm/trec/debiased_3ep.csv")


@pytest.fixture
def judged(folders):
    """A session's verdicts with their digests, as a session of pytest leaves them."""
    folders(90.2)
    project = load_project(seed_block=100, seeds=12, store="s", baselines="b")
    session = judge_stored_session(project, [project.cell_of(CELL)])
    write_verdicts(
        Path("out"), SessionReport(session.status, session.shown, (), (), evidence_of(project, session.shown))
    )
    return Path("out/verdicts.json")


def verified(path, capsys):
    status = main(["verify", str(path)])
    return status, capsys.readouterr().out


def test_a_session_follows_again_from_its_digests(judged, capsys):
    status, said = verified(judged, capsys)
    assert (status, said) == (0, f"{CELL}: PASS follows again from 12 runs, 13 digests\n")


def records():
    return sorted(Path("s").glob("??/*.json"))


def resealed_baseline():
    """Change one score, and the checksum with it."""
    found = read_baseline(BASELINE)
    rows = [*found.rows[:-1], type(found.rows[0])(**{**vars(found.rows[-1]), "validation": 1.0})]
    write_baseline(BASELINE, found.header, rows)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: records()[0].write_text(records()[0].read_text() + "\n"), "record s100 has changed"),
        (lambda: records()[2].unlink(), "record s102 is not there any more"),
        (lambda: BASELINE.write_text(BASELINE.read_text() + "\n"), "baseline has changed"),
        (resealed_baseline, "baseline has changed"),
        (lambda: Path("pyproject.toml").write_text("[tool.stablebert.policy]\nwide_margin = 4\n"), "policy: "),
    ],
    ids=["a byte of a record", "a record", "a byte of a baseline", "a baseline with its checksum", "the policy"],
)
def test_what_has_changed_is_named(judged, capsys, change, said):
    change()
    status, found = verified(judged, capsys)
    assert status == 4
    assert f"{CELL}: INVALID: " in found
    assert said in found


def test_a_verdict_that_was_edited_does_not_follow(judged, capsys):
    text = judged.read_text()
    judged.write_text(re.sub(r'"difference": (-?)0\.\d', r'"difference": \g<1>0.7', text))
    status, said = verified(judged, capsys)
    assert (status, "INVALID: difference: " in said) == (4, True)
    # a run that is added to the evidence is none that was judged
    data = json.loads(text)
    data["evidence"][CELL]["record s999"] = "0" * 64
    judged.write_text(json.dumps(data))
    assert "record s999 is not there any more" in verified(judged, capsys)[1]


def test_what_has_no_digests_or_no_command_is_said(folders, capsys):
    main([*folders(90.2), "--json"])
    printed = capsys.readouterr().out
    Path("gate.json").write_text(printed)
    status, said = verified("gate.json", capsys)
    assert status == 0
    assert "note: gate.json has no digests" in said
    (verdict,) = json.loads(printed)
    Path("gate.json").write_text(json.dumps([{**verdict, "command": ""}]))
    status, said = verified("gate.json", capsys)
    assert (status, "names no command that derives it again" in said) == (4, True)


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1]", '{"verdicts": []}'])
def test_another_file_holds_no_verdicts(folders, capsys, text):
    Path("other.json").write_text(text)
    assert main(["verify", "other.json"]) == 2
    assert "other.json holds no verdicts" in capsys.readouterr().err


def test_verdicts_on_tables_follow_from_the_tables(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, first, mean in (("base", 0, 90.0), ("new", 300, 90.2)):
        rows = "".join(f"{seed},{mean + wobble(seed + first)!r}\n" for seed in range(20))
        Path(f"{name}.csv").write_text(f"seed,score\n{rows}")
    main(["judge", "base.csv", "new.csv", "--json"])
    Path("v.json").write_text(capsys.readouterr().out)
    assert verified("v.json", capsys) == (0, "new: PASS follows again from 12 runs, 2 digests\n")
    shutil.copy("new.csv", "kept.csv")
    # a run behind the look that decided is a byte all the same
    Path("new.csv").write_text(Path("kept.csv").read_text().replace("\n19,", "\n19,1"))
    status, said = verified("v.json", capsys)
    assert (status, "new.csv has changed" in said) == (4, True)


EVIL = """
from pathlib import Path
Path("written-at-import").touch()
class Class: ...
"""


@pytest.fixture
def stranger(judged, monkeypatch, capsys):
    """The same verdicts with a command of a stranger's; call it with the words that replace or follow those there."""
    Path("evil.py").write_text(EVIL)
    Path("evil_package").mkdir()
    Path("evil_package/__init__.py").write_text(EVIL)
    monkeypatch.syspath_prepend(Path.cwd())
    monkeypatch.setenv("STABLEBERT_CACHE", str(Path.cwd() / "cache"))

    def verify(change, *own):
        data = json.loads(judged.read_text())
        for one in data["verdicts"]:
            one["command"] = change(one["command"])
        Path("strange.json").write_text(json.dumps(data))
        before = set(Path.cwd().rglob("*"))
        status = main(["verify", "strange.json", *own])
        assert not Path("written-at-import").exists() or own
        new = [path for path in set(Path.cwd().rglob("*")) - before if path.name != "__pycache__"]
        return status, capsys.readouterr(), [path for path in new if path.suffix != ".pyc"]

    return verify


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--optimizer evil:Class", "give --optimizer 'evil:Class' to verify, if you trust it"),
        ("--optimizer evil_package.optim:Class", "give --optimizer 'evil_package.optim:Class' to verify"),
        ("--optimizer-args '{}'", "give --optimizer-args '{}' to verify"),
        ("--model someone/evil", "give --model 'someone/evil' to verify"),
        ("--model evil_package", "give --model 'evil_package' to verify"),
        ("--store /etc", "leads out of this folder: give --store '/etc' to verify"),
        ("--baselines ../..", "leads out of this folder: give --baselines '../..' to verify"),
        ("--store link", "leads out of this folder: give --store 'link' to verify"),
        ("--base HEAD", "nothing of it is derived again"),
        ("--help", "is no command of a verdict: unrecognized arguments: --help"),
        ("--json out.json", "is no command of a verdict|not of the form|is not a cell id"),
        ("--optim evil:Class", "is no command of a verdict"),
        ("--engine ray", "is no command of a verdict"),
    ],
)
def test_a_strangers_command_loads_no_code_and_leads_nowhere_else(stranger, words, said):
    Path("link").symlink_to("/etc")
    status, printed, new = stranger(lambda command: f"{command} {words}")
    assert (status, printed.out, new) == (2, "", [])
    assert re.search(said, printed.err)
    assert len(printed.err.splitlines()) == 1


def test_what_the_user_names_too_is_taken(stranger, tmp_path_factory):
    # the control: the command as the session wrote it
    assert stranger(lambda command: command)[0] == 0
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree("s", elsewhere / "s")
    moved = lambda command: command.replace("--store s", f"--store {elsewhere / 's'}")  # noqa: E731
    assert stranger(moved)[0] == 2
    status, printed, _ = stranger(moved, "--store", str(elsewhere / "s"))
    assert "records" not in printed.err
    assert status in {0, 4}
    named = lambda command: f"{command} --optimizer evil:Class"  # noqa: E731
    assert stranger(named)[0] == 2
    assert "to verify" not in stranger(named, "--optimizer", "evil:Class")[1].err


def test_the_planted_module_writes_when_it_is_imported(stranger):
    assert not Path("written-at-import").exists()
    load_object("evil_package:Class")
    assert Path("written-at-import").exists()


@pytest.mark.parametrize("words", ["stablebert run x", "stablebert", "rm -rf .", "", "stablebert verify strange.json"])
def test_another_command_is_none_of_a_verdict(stranger, words):
    status, printed, new = stranger(lambda _: words)
    assert (status in {2, 4}, new) == (True, [])
    assert "is no command of a verdict" in printed.err or "names no command" in printed.out


def test_tables_are_read_in_this_folder_alone(stranger):
    Path("base.csv").symlink_to("/etc/passwd")
    for place in ("/etc/passwd", "../up.csv", "base.csv"):
        status, printed, new = stranger(
            lambda _, place=place: f"stablebert judge {place} b/minilm/trec/debiased_3ep.csv"
        )
        assert (status, new) == (2, [])
        assert f"leads out of this folder by {place!r}" in printed.err


def test_a_strangers_text_moves_no_cursor(judged, capsys):
    data = json.loads(judged.read_text())
    data["evidence"][CELL]["record \x1b[2Jclear"] = "0" * 64
    judged.write_text(json.dumps(data))
    said = verified(judged, capsys)[1]
    assert "record \\x1b[2Jclear is not there any more" in said
    assert "\x1b" not in said
