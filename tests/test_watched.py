import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# whoever started these tests may have had signals ignored, as nohup and a shell in the background do
HEARS = (
    "import os, signal, sys, time; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "signal.signal(signal.SIGTERM, signal.SIG_DFL); signal.signal(signal.SIGHUP, signal.SIG_DFL); "
)
WATCHED = "from stablebert.watched import watch; watch(); "


def begin(program, *, watched=True, hears=HEARS):
    code = hears + (WATCHED if watched else "") + program
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(program, **options):
    process = begin(program, **options)
    said, error = process.communicate(timeout=60)
    return process.returncode, said, error


@pytest.mark.parametrize("code", [0, 1, 2, 70])
def test_an_end_in_order_is_passed_on(code):
    assert ended(f"print('said'); sys.exit({code})") == (code, "said\n", "")


@pytest.mark.parametrize("code", [0, 1])
def test_an_end_without_a_word_is_said_and_is_neither_pass_nor_fail(code):
    found, _, error = ended(f"os._exit({code})")
    assert found == 2
    assert error == (
        f"stablebert: code of others has ended the process (exit status {code}); what was finished is in the store\n"
    )


def test_the_control_without_a_watch_it_is_success():
    assert ended("os._exit(0)", watched=False) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_signal_that_ends_it_ends_both(number):
    assert ended(f"os.kill(os.getpid(), {int(number)})")[0] == -number


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_passed_on_and_unwinds_once(number):
    process = begin(
        "pass\ntry:\n    print('begun', flush=True)\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    time.sleep(0.3)\n    print('tidied')\n    sys.exit(130)"
    )
    assert process.stdout.readline() == "begun\n"
    for _ in range(2):
        process.send_signal(number)
        time.sleep(0.1)
    assert process.communicate(timeout=30) == ("tidied\n", "")
    assert process.returncode == 130


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_that_was_ignored_before_stays_so(number):
    ignores = HEARS + f"signal.signal({int(number)}, signal.SIG_IGN); "
    process = begin("print('begun', flush=True); time.sleep(1); print('done')", hears=ignores)
    assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    assert process.communicate(timeout=30) == ("done\n", "")
    assert process.returncode == 0


def test_it_follows_the_end_of_the_one_that_watches(tmp_path):
    place = tmp_path / "tidied"
    process = begin(
        f"pass\ntry:\n    print(os.getpid(), flush=True)\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    open({str(place)!r}, 'w').close()"
    )
    process.stdout.readline()
    process.kill()
    process.communicate(timeout=30)
    limit = time.monotonic() + 30
    while not place.exists():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_a_process_with_threads_is_not_divided():
    program = (
        "import threading; threading.Thread(target=time.sleep, args=(1,), daemon=True).start(); before = os.getpid(); "
        "from stablebert.watched import watch; watch(); sys.exit(0 if os.getpid() == before else 1)"
    )
    assert ended(program, watched=False)[0] == 0
