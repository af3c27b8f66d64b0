"""Notes and files that sessions keep for later ones, as a disk, an editor or another version may leave them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.files import kept_text, read_note, write_note
from stablebert.gate import Policy
from stablebert.records import RunStore, StoreError
from stablebert.records.attempts import attempt
from stablebert.records.stored_runs import REMEMBERED, stored_runs
from stablebert.records.under_way import runs_under_way
from stablebert.runs import RunSpec
from stablebert.scores import FinishedRuns, TableError, finished, judge_runs, read_scores
from stablebert.scores.readers import rows_digest
from stablebert.scores.score_file import summary_words
from stablebert.scores.score_table import RawRow
from tests.fuzz.mutations import data, files
from tests.fuzz.reading import answers, folder, put
from tests.synthetic import synthetic_record

__all__ = ["folder"]
KEY = "ab" + "0" * 62
UNDER_WAY = {"run": "a", "key": "b", "started": 1.0, "seen": 9.0, "done": 3, "steps": 90, "loss": 0.5, "first": 2.0}
ATTEMPT = {"session": "mine", "process": 1, "host": "h", "started": 1.0, "error": "why"}
RECORD = synthetic_record(RunSpec(task="trec", seed=3), 90.0)
SCORES = b"seed,score,loss,failed,failed_reason\n" + b"".join(b"%d,90.%d,0.3,false,\n" % (n, n) for n in range(12))


def as_json(*valid):
    return st.one_of(data(*valid).map(lambda found: json.dumps(found).encode()), files(json.dumps(valid[0]).encode()))


@given(as_json(UNDER_WAY))
def test_a_note_of_a_run_under_way(folder, content):
    put(folder, "store/under-way/one.json", content)
    put(folder, "store/under-way/two.json", json.dumps(UNDER_WAY).encode())
    found = runs_under_way(folder / "store", 10.0)
    assert any(one.run == "a" and one.done == 3 for one in found)
    for one in found:
        assert isinstance(one.share, float)
        assert one.whole is None or isinstance(one.whole, float)


@given(as_json(ATTEMPT))
def test_a_note_of_an_attempt_holds_nobody_up_but_its_own_session(folder, content):
    put(folder, "notes/one.json", content)
    with attempt(folder / "notes", "another"):
        pass
    put(folder, "notes/one.json", content)
    answers(lambda: attempt(folder / "notes", "mine").__enter__(), StoreError)
    for note in (folder / "notes").glob("*.json"):
        note.unlink()


def in_short(folder, change=None):
    """Return a store of one record, with what it remembers changed and sealed again."""
    store = RunStore(folder / "remembering")
    if not store.path(KEY).is_file():
        store.publish(KEY, RECORD)
    (store.folder / REMEMBERED).unlink(missing_ok=True)
    whole = stored_runs(store)
    if change is not None:
        write_note(store.folder / REMEMBERED, change(read_note(store.folder / REMEMBERED)))
    return store, whole


@given(drawn=st.data())
def test_what_a_store_remembers_sealed_by_an_enemy_too(folder, drawn):
    def change(text):
        made = json.loads(text)
        kept = data({name: value for name, value in made.items() if name != "made by"}).map(
            lambda found: json.dumps(found | {"made by": made["made by"]} if isinstance(found, dict) else found)
        )
        raw = files(text.encode()).map(lambda found: found.decode("utf-8", "replace"))
        return drawn.draw(st.one_of(kept, raw))

    store, whole = in_short(folder, change)
    (found,) = stored_runs(store)
    assert (found.key, type(found.spec), type(found.row)) == (KEY, type(whole[0].spec), type(whole[0].row))


def test_what_another_version_remembers_is_made_anew(folder):
    for other in ("[]", "{}", '{"made by": 3, "colour": "blue"}', '{"schema": 2}'):
        store, whole = in_short(folder, lambda _, other=other: other)
        assert stored_runs(store) == whole
        assert "made by" in json.loads(read_note(store.folder / REMEMBERED))


@given(files(b"a text of a note\nof two lines"))
def test_a_note_of_a_cache_is_of_its_text_or_made_anew(folder, content):
    path = folder / "cache" / "note.txt"
    write_note(path, "text")
    path.write_bytes(content)
    assert kept_text(path, lambda: "made") == "made"


def sealed_scores(body):
    text = body.decode("utf-8", "replace")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return f"# stablebert-scores 1\n# test: test_one\n# sha256: {rows_digest(rows)}\n{text}".encode()


@given(st.one_of(files(sealed_scores(SCORES)), files(SCORES).map(sealed_scores)))
def test_accepted_scores_beside_a_test_sealed_by_an_enemy_too(folder, content):
    path = put(folder, "test_module/test_one.csv", content)
    found = answers(lambda: read_scores(path), TableError, of="test_one.csv")
    if found is not None:
        assert summary_words(found.table)
        made = [RawRow(f"train({seed})", {"seed": seed, "score": 90.2 + seed / 7}) for seed in range(100, 112)]
        answers(lambda: judge_runs(iter(made), found.table, Policy(), margin=1.0), ValueError)


def kept_runs(folder):
    kept = FinishedRuns(folder / "seeds", "test_one")
    kept.drop()
    kept = FinishedRuns(folder / "seeds", "test_one")
    kept.keep({"seed": 0, "score": 90.1, "failed": False, "failed_reason": ""})
    return kept


@pytest.fixture(scope="module")
def without_sources():
    """Finished runs of no code, since to read all that is loaded takes longer than a change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finished._Sources, "_meet", lambda _: None)
        yield


@given(drawn=st.data())
def test_finished_runs_are_those_that_were_made_or_made_again(folder, without_sources, drawn):
    path = kept_runs(folder).path
    written = path.read_bytes()
    assert FinishedRuns(folder / "seeds", "test_one").rows
    path.write_bytes(drawn.draw(files(written)))
    found = FinishedRuns(folder / "seeds", "test_one").rows
    # not one byte of what judges is another than was written
    assert found in ({}, {0: {"seed": 0, "score": 90.1, "failed": False, "failed_reason": ""}})


def test_accepted_scores_and_finished_runs_of_another_version(folder, without_sources):
    newer = sealed_scores(SCORES).replace(b"stablebert-scores 1", b"stablebert-scores 2")
    path = put(folder, "test_module/test_newer.csv", newer)
    with pytest.raises(TableError, match="test_newer.csv is of another version of stablebert, 'stablebert-scores 2'"):
        read_scores(path)
    # earlier versions kept finished runs without a checksum: they are made again
    kept = kept_runs(folder)
    kept.path.write_text(read_note(kept.path))
    assert FinishedRuns(folder / "seeds", "test_one").rows == {}
