"""Tasks whatever their source: digests and names."""

import pytest

from stablebert.tasks import TASKS, TaskError, load_task
from stablebert.tasks.rows import Row, Splits


def test_the_digest_follows_texts_and_labels_but_not_blanks():
    def digest(text, label):
        return Splits((Row(text, None, label),), (), ()).digest()

    assert digest("a ", 1) == digest("a", 1.0)
    assert len({digest("a", 1), digest("b", 1), digest("a", 0)}) == 3


def test_an_unknown_task_lists_the_known():
    with pytest.raises(TaskError, match="unknown task 'squad'; known: rte, mrpc"):
        load_task("squad")
    assert len(TASKS) == 20
