import json
from dataclasses import replace

import pytest

from stablebert.baselines import table_text
from stablebert.cli.commands import main
from stablebert.cli.exits import Exit
from stablebert.gate import Status, Verdict
from stablebert.project import load_project
from stablebert.report import SessionReport, read_report, write_verdicts
from stablebert.report.page.content import gather
from stablebert.report.page.picture import pictures
from tests.report.verdicts import PASSED, POOLED


@pytest.fixture
def results(request):
    return request.config.rootpath / "docs" / "results"


def test_the_page_of_the_results_is_that_of_the_accepted_runs(results, monkeypatch, tmp_path):
    monkeypatch.chdir(results.parents[1])
    content = gather(load_project(store=str(tmp_path)))
    kept = {picture: (results / "pictures" / f"{picture.name}.csv").read_text() for picture in pictures()}
    assert kept == {picture: table_text(picture.kind, picture.rows(content)) for picture in kept}
    sizes = [path.stat().st_size for path in results.rglob("*") if path.is_file()]
    assert 0 < sum(sizes) < 2_000_000
    # the control: a run less is noticed
    strips = next(picture for picture in kept if picture.name == "strips")
    assert table_text(strips.kind, strips.rows(content)[1:]) != kept[strips]


def test_the_last_session_stands_on_the_page(folders, tmp_path, capsys):
    write_verdicts(tmp_path / "s", SessionReport(Status.PASS, [PASSED, POOLED], notes=["a note"]))
    given = ["report", "--store", "s", "--baselines", "b", "--report", "out"]
    assert main(given) == Exit.DONE
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith(f"{tmp_path}/out/report.html (0.")
    assert all((tmp_path / name).is_file() for name in printed[1:])
    text = (tmp_path / "out" / "report.html").read_text()
    assert "a note" in text
    assert "the paper&#39;s tables are in no folder" in text
    # the runs behind it are not stored: the way to the verdict is missing, and says how to have it
    assert (tmp_path / "out" / "pictures" / "looks.csv").read_text().count("\n") == 1


def test_the_way_to_a_verdict_is_found_in_the_store(folders, capsys):
    words = folders(90.0)
    main([*words, "--json"])
    (verdict,) = map(Verdict.from_dict, json.loads(capsys.readouterr().out))
    project = load_project(store="s", baselines="b", seed_block=100, seeds=12)
    content = gather(project, SessionReport(verdict.status, [verdict]))
    path = content.paths[verdict.cell]
    assert (path[-1].status, path[-1].runs, path[-1].mean) == (verdict.status, verdict.runs, verdict.mean)
    assert [one.runs for one in path] == [look for look in (6, 9, 12) if look <= verdict.runs]
    assert [len(seen.rows) for seen in content.judged] == [verdict.runs]
    # the control: a verdict that other runs gave has no way here
    other = replace(verdict, mean=(verdict.mean or 0) + 1)
    assert gather(project, SessionReport(verdict.status, [other])).paths == {}


def test_what_a_checkout_says_of_itself_is_gathered(results, monkeypatch, tmp_path):
    root = results.parents[1]
    monkeypatch.chdir(root)
    content = gather(load_project(store=str(tmp_path)))
    lines = (root / "baselines" / "LEDGER.md").read_text().splitlines()
    assert len(content.ledger) == sum(line.startswith("- ") for line in lines)
    assert [document.path.name for document in content.documents] == ["calibration.md", "sensitivity.md"]
    assert all({"PASS", "verdict"} & {*document.table[0]} for document in content.documents)


def test_what_is_no_session_is_one_clear_error(folders, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    for text in ("rubbish", '{"verdicts": [1]}'):
        (tmp_path / "out" / "verdicts.json").write_text(text)
        assert main(["report", "--baselines", "b", "--report", "out"]) == Exit.UNUSABLE
        assert "out/verdicts.json" in capsys.readouterr().err


def test_a_session_is_read_as_it_was_written(tmp_path):
    session = SessionReport(Status.FAIL, [PASSED], [{"law": "a"}], ["a note"])
    write_verdicts(tmp_path, session)
    assert read_report(tmp_path / "verdicts.json") == session
