"""A disk that is full at any one write of what a session leaves: one clear error or none, nothing torn, and then the same."""

import ast
import shutil
import uuid
from pathlib import Path

import pytest

from stablebert.baselines import BaselineError, baseline_path, read_baseline, write_baseline
from stablebert.baselines.cells import write_candidate
from stablebert.baselines.changing import changing
from stablebert.baselines.csv_tables import append_ledger
from stablebert.baselines.series import read_series, series_path, write_series
from stablebert.files import is_sealed, kept_file, kept_text, move_whole, seal_folder
from stablebert.gate import Policy, judge
from stablebert.records import RunStore, StoreError
from stablebert.records.stored_runs import stored_runs
from stablebert.records.under_way import noted, runs_under_way
from stablebert.records.upkeep import export, problems
from stablebert.report import SessionReport
from stablebert.report.session import read_report, write_report
from stablebert.runs import Cell, RunSpec
from stablebert.scores import FinishedRuns, finished, write_scores
from stablebert.scores.score_table import RawRow
from tests.full_disk import watched_disk
from tests.synthetic import synthetic_record, synthetic_rows

KEY = "ab" + "0" * 62
CELL = Cell("trec")
RECORD = synthetic_record(RunSpec(task="trec", seed=3), 90.0)
ROWS = synthetic_rows(90.0, range(20))


def store_in(folder):
    # each a session of its own: what has failed in one is not tried again in it
    return RunStore(folder / ".stablebert" / "runs", session=uuid.uuid4().hex)


def a_run(folder):
    store = store_in(folder)
    with store.lock(KEY):
        if store.load(KEY) is None:
            with store.attempt(KEY), noted("trec_s003", store.folder, KEY) as watch:
                watch(1, 3, 0.5)
                store.publish(KEY, RECORD)
    assert runs_under_way(store.folder, 0.0) == []
    return store.load(KEY), list(problems(store))


def summaries(folder):
    return stored_runs(store_in(folder)), len(store_in(folder).paths())


def an_encoder(folder):
    part, home = folder / "one.part", folder / "one.encoder"
    if not is_sealed(home):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        try:
            (part / "model.safetensors").write_bytes(b"weights")
            seal_folder(part)
            shutil.rmtree(home, ignore_errors=True)
            move_whole(part, home)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return is_sealed(home), (home / "model.safetensors").read_bytes()


def finished_runs(folder):
    row = {"seed": 0, "score": 90.1}
    kept = FinishedRuns(folder / "seeds", "test")
    if 0 not in kept.rows:
        kept.keep(row)
    assert FinishedRuns(folder / "seeds", "test").rows in ({}, {0: row})
    return row


def seeds_file(folder):
    rows = [RawRow(f"row {seed}", {"seed": seed, "score": 90 + seed / 7}) for seed in range(9)]
    return write_scores(folder / "test_module" / "test_one.csv", {"test": "test_one"}, rows).rows


def verdicts(folder):
    verdict = judge(synthetic_rows(90.0, range(100, 120)), ROWS, Policy(), margin=1.0, cell="trec")
    write_report(folder / "out", SessionReport(verdict.status, (verdict,)))
    return read_report(folder / "out" / "verdicts.json").to_dict(), (folder / "out" / "verdicts.md").read_bytes()


def a_kernel(folder):
    return kept_file(folder / "kernels" / "one.so", lambda part: part.write_bytes(b"code")).read_bytes()


def a_note(folder):
    return kept_text(folder / "digests" / "one.txt", lambda: "text")


def an_acceptance(folder):
    home = folder / "baselines"
    path = baseline_path(home, CELL)
    with changing(home, "trec") as write:
        if not path.is_file():
            write_baseline(path, {"cell": CELL.id}, ROWS, write)
            write_series(series_path(home, CELL), [RECORD], write=write)
            append_ledger(home, "trec", "first", "a reason", write)
    lines = (home / "LEDGER.md").read_text().splitlines()
    return read_baseline(path).rows, len(read_series(series_path(home, CELL))), len(lines)


def a_candidate(folder):
    return write_candidate(folder / "baselines", CELL, ROWS).read_bytes()


def a_table(folder):
    return export(store_in(folder), folder / "runs.csv"), (folder / "runs.csv").read_bytes()


WORK = {
    one.__name__: one
    for one in (
        *(a_run, summaries, an_encoder, finished_runs, seeds_file, verdicts),
        *(a_kernel, a_note, an_acceptance, a_candidate, a_table),
    )
}
OURS = (StoreError, BaselineError, OSError)


def prepared(folder):
    """Return a folder as it is before any of the work, on a disk that has place."""
    folder.mkdir()
    store_in(folder).publish("cd" + "1" * 62, RECORD)
    return folder


@pytest.fixture(autouse=True)
def apart(monkeypatch, tmp_path):
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(finished._Sources, "_meet", lambda _: None)


def torn(folder):
    """Return what is half written and left."""
    return [str(path) for path in folder.rglob("*") if path.name.endswith(".part")]


def full_at_each(work, folder):
    """Return the writes of a piece of work, and which of them leaves something wrong when it fails."""
    clean = prepared(folder / "clean")
    with watched_disk(clean) as disk:
        expected = work(clean)
    wrong = []
    for number, what in enumerate(disk.writes):
        place = prepared(folder / f"full-{number}")
        with watched_disk(place, full_at=number):
            try:
                work(place)
            except OURS as error:
                wrong += [] if str(error) else [f"{what}: no word"]
        wrong += [f"{what}: left {name}" for name in torn(place)]
        try:
            again = work(place)
        except Exception as error:
            again = error
        wrong += [] if again == expected else [f"{what}: {again!r} in place of {expected!r}"]
    return disk.writes, wrong


@pytest.mark.parametrize("name", WORK)
def test_a_disk_that_is_full_at_any_write_leaves_nothing_torn(tmp_path, name):
    writes, wrong = full_at_each(WORK[name], tmp_path)
    assert wrong == []
    # makes a file, fills it, puts it on the disk
    kinds = {write.partition(" ")[0] for write in writes}
    assert {"open", "write", "fsync"} <= kinds


def test_a_plain_write_is_found(tmp_path):
    def plain(folder):
        path = folder / "verdicts.json"
        if not path.is_file():
            path.write_text("all of it")
        return path.read_text()

    _, wrong = full_at_each(plain, tmp_path)
    assert any("'all ' in place of 'all of it'" in line for line in wrong)


# what writes without `stablebert.files`, and why that may be
PLAIN = {
    "cli.action._tell": "a line of GitHub's own file",
    "report.session.append_summary": "a line of GitHub's own file",
    "paper.fidelity": "a document of this repository",
    "plugin.controller.Controller.take": "a note to the workers of a session, in its own folder of temporary files",
    "training.outcome.keep_encoder": "into a folder that is sealed and moved when it is whole",
    "workers.base_and_head._run": "a request to one process, in a folder of temporary files",
    "workers.one_run.main": "an answer to one process, in a folder of temporary files",
    "files._part": "the careful writer itself",
    "records.upkeep.export": "into memory",
    "encoders.unpacked._archive": "a temporary file",
}
_WRITES = {"write_text", "write_bytes", "to_csv", "to_parquet", "save_pretrained", "savefig", "TemporaryFile", "dump"}
PACKAGE = Path(__file__).parents[1] / "stablebert"


def plain_writers(source, module):
    """Return the functions of a source that write a file themselves."""
    found = set()

    def visit(node, name):
        for child in ast.iter_child_nodes(node):
            inner = f"{name}.{child.name}" if isinstance(child, ast.FunctionDef | ast.ClassDef) else name
            if isinstance(child, ast.Call) and writes(child):
                found.add(name)
            visit(child, inner)

    visit(ast.parse(source), module)
    return found


def writes(call):
    name = ast.unparse(call.func).rpartition(".")[2]
    modes = {one.value for one in call.args[:2] if isinstance(one, ast.Constant)}
    return name in _WRITES or (name == "open" and bool(modes & {"w", "a", "x", "wb", "ab", "xb"}))


def test_all_else_is_written_by_the_careful_writer():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        found |= plain_writers(path.read_text(), module)
    assert found == PLAIN.keys()
    # the control
    assert plain_writers("def leave(path):\n    path.write_text('x')\n", "cli.new") == {"cli.new.leave"}
