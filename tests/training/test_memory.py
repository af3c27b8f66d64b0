import ctypes

import pytest

from stablebert.runs import RunSpec
from stablebert.training import loop, memory, train


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this C library has no malloc_trim")
def test_memory_that_was_freed_goes_back():
    # below the size that glibc maps apart, with every other one still in use, so that only a trim can give it back
    blocks = [ctypes.create_string_buffer(65_536) for _ in range(2_000)]
    kept = blocks[::2]
    del blocks
    assert memory.give_back() is True
    assert len(kept) == 1_000


def test_without_glibc_nothing_is_done(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    assert memory.give_back() is False


def test_it_is_given_back_when_a_run_is_over(monkeypatch):
    done = []
    monkeypatch.setattr(loop, "fine_tune", lambda *_: done.append("trained"))
    monkeypatch.setattr(memory, "give_back", lambda: done.append("given back"))
    train(RunSpec(task="trec"))
    assert done == ["trained", "given back"]
