"""The embedded tasks: how their splits are drawn, and what the real files hold."""

import numpy as np
import pytest

from stablebert.tasks import load_rows
from stablebert.tasks.draws import split_rows
from stablebert.tasks.rows import Row


def test_embedded_splits_are_disjoint_and_stratified():
    rows = [Row(f"text {index}", None, int(index % 5 == 0)) for index in range(4500)]
    splits = split_rows(rows, stratified=True)
    assert [len(part) for part in splits] == [1000, 500, 2000]
    texts = [row.sentence1 for part in splits for row in part]
    assert len(set(texts)) == 3500
    assert all(abs(np.mean([row.label for row in part]) - 0.2) < 0.002 for part in splits)
    assert split_rows(rows, stratified=True) == splits


def test_a_small_file_shrinks_every_split():
    rows = [Row(str(index), None, 0) for index in range(1750)]
    assert [len(part) for part in split_rows(rows, stratified=False)] == [500, 250, 1000]


@pytest.mark.assets
@pytest.mark.parametrize(("name", "classes"), [("trec", 6), ("rotten", 2), ("sms", 2), ("intensity", None)])
def test_the_embedded_tasks_are_as_their_cards_say(name, classes):
    splits = load_rows(name)
    assert tuple(map(len, splits)) == (1000, 500, 2000)
    texts = [row.sentence1 for split in splits for row in split]
    assert len(set(texts)) == len(texts)
    if classes is not None:
        assert {row.label for row in splits.train} == set(range(classes))
    else:
        assert all(-4 <= row.label <= 4 for row in splits.train)
