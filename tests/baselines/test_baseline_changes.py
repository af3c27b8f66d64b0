import json
import multiprocessing
import os

import pytest

from stablebert.baselines import BaselineError, changing, commit, read_baseline, read_margins
from stablebert.baselines.commit import check_committed
from stablebert.baselines.csv_tables import append_ledger
from stablebert.runs import RunSpec

module = __import__("stablebert.baselines.changing", fromlist=["finish"])
SPAWN = multiprocessing.get_context("spawn")
SPEC = RunSpec(task="trec")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path / "cache"))


def append(folder, numbers):
    for number in numbers:
        with changing(folder, "a test") as write:
            append_ledger(folder, f"cell {number}", "changed.", "a test", write)


def test_changes_of_several_processes_lose_none(tmp_path):
    processes = [SPAWN.Process(target=append, args=(tmp_path, range(first, 20, 2))) for first in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    lines = (tmp_path / "LEDGER.md").read_text().splitlines()
    assert sum(line.startswith("- ") for line in lines) == 20


def test_a_change_may_be_held_within_itself(tmp_path):
    with changing(tmp_path, "outer"):
        append(tmp_path, [1])
    assert "cell 1" in (tmp_path / "LEDGER.md").read_text()


def ended_at(number, monkeypatch):
    """Let the process end at a write of a file of the change, the journal being the first."""
    written = []
    whole = module.write_whole

    def write(path, content):
        written.append(path)
        if len(written) == number:
            raise KeyboardInterrupt
        whole(path, content)

    monkeypatch.setattr(module, "write_whole", write)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_an_acceptance_that_is_ended_is_finished_by_the_next_change_or_was_never_begun(number, place, monkeypatch):
    place.make(SPEC, 90.0)
    with monkeypatch.context() as patch:
        ended_at(number, patch)
        with pytest.raises(KeyboardInterrupt):
            place.accept(SPEC)
    append(place.folder, [1])
    written = place.written()
    assert not any(name.startswith(".") for name in written)
    begun = number > 1
    assert ("minilm/trec/debiased_3ep.csv" in written) == begun
    assert (SPEC.cell.id in written["LEDGER.md"]) == begun
    if begun:
        assert len(read_baseline(place.folder / "minilm/trec/debiased_3ep.csv").rows) == 20
        assert [margin.task for margin in read_margins(place.folder)] == ["trec"]
        assert "minilm/trec/debiased_3ep.series.json.gz" in written


def test_the_control_without_its_journal_half_an_acceptance_is_left(place, monkeypatch):
    place.make(SPEC, 90.0)
    with monkeypatch.context() as patch:
        ended_at(4, patch)
        with pytest.raises(KeyboardInterrupt):
            place.accept(SPEC)
    (place.folder / ".change.json").unlink()
    append(place.folder, [1])
    written = place.written()
    assert "minilm/trec/debiased_3ep.csv" in written
    assert SPEC.cell.id not in written["LEDGER.md"]


def test_nothing_is_written_of_a_change_that_ends_in_an_error(tmp_path):
    def fail():
        with changing(tmp_path, "a test") as write:
            write(tmp_path / "one", "content")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert list(tmp_path.glob("one")) == []


def test_a_journal_is_plain_data(tmp_path):
    (tmp_path / ".change.json").write_text(json.dumps({"one": None, "two/three": "aGVsbG8="}))
    (tmp_path / "one").touch()
    append(tmp_path, [1])
    assert (tmp_path / "two" / "three").read_text() == "hello"
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize("text", ["{", "[1]", '{"../outside": "aGVsbG8="}', '{"one": "?"}', '{"one": 3}'])
def test_a_journal_of_others_is_refused_and_writes_nothing(text, tmp_path):
    folder = tmp_path / "baselines"
    folder.mkdir()
    (folder / ".change.json").write_text(text)
    with pytest.raises(BaselineError, match="is no change of this program"):
        append(folder, [1])
    assert [path.name for path in folder.iterdir()] == [".change.json"]
    assert not (tmp_path / "outside").exists()


def test_where_git_does_not_answer_nothing_counts_as_committed(tmp_path, monkeypatch):
    home = tmp_path / "package"
    home.mkdir()
    # the control: outside of a checkout there is nothing to commit
    check_committed("sources", home)
    (tmp_path / ".git").mkdir()
    with pytest.raises(BaselineError, match="git does not say whether .*package has uncommitted changes: .*"):
        check_committed("sources", home)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(BaselineError, match="there is no git"):
        check_committed("sources", home)
    assert commit.source_commit(home).startswith("version")
