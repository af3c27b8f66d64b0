import ctypes
import subprocess
import sys

import pytest

from stablebert.runs import RunSpec
from stablebert.training import device, loop, train


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this C library has no malloc_trim")
def test_memory_that_was_freed_goes_back():
    # below the size that glibc maps apart, with every other one still in use, so that only a trim can give it back
    blocks = [ctypes.create_string_buffer(65_536) for _ in range(2_000)]
    kept = blocks[::2]
    del blocks
    assert device.give_back() is True
    assert len(kept) == 1_000


# resident MiB beyond what the process began with: holding two blocks, after each has been freed, and after giving back
HOLDING = """
import os
from stablebert.training import device

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

if {keeping}:
    assert device.keep_freed()
began, found, blocks = resident(), [], [bytearray(b"x") * (48 << 20) for _ in range(2)]
while blocks:
    found.append(resident() - began)
    blocks.pop()
found.append(resident() - began)
device.give_back()
print(*found, resident() - began)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no /proc/self/statm")
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="this C library has no mallopt")
@pytest.mark.parametrize("keeping", [True, False])
def test_what_is_freed_stays_until_it_is_given_back(keeping):
    given = subprocess.run(
        [sys.executable, "-c", HOLDING.format(keeping=keeping)], capture_output=True, text=True, check=True
    )
    both, one, none, back = map(float, given.stdout.split())
    assert both > 90
    assert back < 10
    # without it each block goes back to the system when it is freed
    assert (one > 90, none > 90) == (keeping, keeping)


def test_an_old_release_takes_a_smaller_size_and_a_refusal_changes_nothing(monkeypatch):
    asked = []

    def library(least):
        def mallopt(parameter, value):
            asked.append((parameter, value))
            return int(value <= least or parameter == -1)

        return type("Library", (), {"mallopt": staticmethod(mallopt)})

    monkeypatch.setattr(device.ctypes, "CDLL", lambda _: library(2**25))
    assert device.keep_freed() is True
    assert asked == [(-3, 2**30), (-3, 2**25), (-1, 2**30)]
    asked.clear()
    monkeypatch.setattr(device.ctypes, "CDLL", lambda _: library(0))
    assert device.keep_freed() is False
    assert asked == [(-3, 2**30), (-3, 2**25)]


def test_without_glibc_nothing_is_done(monkeypatch):
    monkeypatch.setattr(device.ctypes, "CDLL", lambda _: object())
    assert device.give_back() is False
    assert device.keep_freed() is False


def test_it_is_kept_during_a_run_and_given_back_when_it_is_over(monkeypatch):
    done = []
    monkeypatch.setattr(device, "keep_freed", lambda: done.append("kept"))
    monkeypatch.setattr(loop, "fine_tune", lambda *_: done.append("trained"))
    monkeypatch.setattr(device, "give_back", lambda: done.append("given back"))
    train(RunSpec(task="trec"))
    assert done == ["kept", "trained", "given back"]
