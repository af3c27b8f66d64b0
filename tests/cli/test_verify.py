"""`stablebert verify`: verdicts follow again, or what has changed is named."""

import json
import re
import shutil
from pathlib import Path

import pytest

from stablebert.baselines import read_baseline, write_baseline
from stablebert.cli import main
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
