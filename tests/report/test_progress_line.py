"""The line that says how far a session is, and when it is said."""

import io

import pytest

from stablebert.records import RunStore
from stablebert.records.under_way import UnderWay, noted
from stablebert.report import ticker
from stablebert.report.progress import Progress, duration, progress_line
from stablebert.report.ticker import Ticker
from stablebert.runs import RunSpec
from tests.synthetic import synthetic_record

RUN = UnderWay("trec_s003", "k", 0.0, 9.0, 41, 96, 0.52)
BEGUN = UnderWay("trec_s004", "l", 0.0, 9.0)


@pytest.mark.parametrize(
    ("under_way", "left", "line"),
    [
        ([], None, "stablebert: 3 of 40 runs done"),
        # what it says when nothing is left to be made
        ([], 0.0, "stablebert: 3 of 40 runs done"),
        ([RUN, BEGUN], 40.0, "…; at most 40 s left; trec_s003 step 41/96 loss 0.52; trec_s004 begins"),
        (
            [BEGUN] * 6,
            None,
            "…; trec_s004 begins; trec_s004 begins; trec_s004 begins; trec_s004 begins; 2 more under way",
        ),
    ],
)
def test_the_line(under_way, left, line):
    assert progress_line(3, 40, under_way, left) == line.replace("…", "stablebert: 3 of 40 runs done")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (89, "89 s"), (91, "2 min"), (5399, "90 min"), (5400, "1.5 h")]
)
def test_a_duration(seconds, words):
    assert duration(seconds) == words


def test_what_runs_have_taken_is_read_from_their_records(tmp_path):
    store, progress = RunStore(tmp_path), Progress(tmp_path, 2, lambda: 1000.0)
    key = "aa" + "0" * 62
    with noted("trec_s003", tmp_path, key, lambda: 1000.0):
        # before the first update of the first run nothing is known
        assert progress.line(0, 5) == "stablebert: 0 of 5 runs done; trec_s003 begins"
        store.publish(key, synthetic_record(RunSpec(task="trec", seed=3), 90.0))
    # of a second, on two processes
    assert progress.line(1, 6) == "stablebert: 1 of 6 runs done; at most 3 s left"


def test_a_run_that_ends_without_a_record_tells_no_time(tmp_path):
    progress = Progress(tmp_path, 1, lambda: 1000.0)
    with noted("trec_s003", tmp_path, "aa", lambda: 1000.0):
        progress.line(0, 5)
    assert progress.line(1, 5) == "stablebert: 1 of 5 runs done"


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(ticker, "LINE", 0.0)


def test_without_a_terminal_lines_stay(at_once):
    stream = io.StringIO()
    one = Ticker(lambda: "far", stream, terminal=False, among=True)
    one.tick()
    one.tick()
    one.say()
    assert stream.getvalue() == "\nfar\n\nfar\n"


def test_without_a_terminal_a_line_comes_once_a_minute():
    stream = io.StringIO()
    one = Ticker(lambda: "far", stream, terminal=False)
    one.tick()
    assert stream.getvalue() == ""


@pytest.mark.parametrize(("among", "begins"), [(False, ""), (True, "\n")])
def test_a_terminal_draws_one_line_that_fits_and_takes_it_away(monkeypatch, among, begins):
    monkeypatch.setenv("COLUMNS", "20")
    stream = io.StringIO()
    one = Ticker(lambda: "x" * 99, stream, terminal=True, among=among)
    one.tick()
    one.tick()
    one.say("ended")
    drawn = f"\r\033[K{'x' * 19}"
    assert stream.getvalue() == f"{begins}{drawn}{drawn}\r\033[Kended\n"
    one.say()
    one.tick()
    assert stream.getvalue().endswith(f"ended\n{begins}{drawn}")


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_reader_who_has_gone_ends_the_line_and_nothing_else(at_once, monkeypatch):
    monkeypatch.setattr(ticker, "LOOK", 0.001)

    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    with Ticker(lambda: "far", Gone(), terminal=False) as one:
        one._thread.join()
    assert one._over.is_set()


def test_nothing_is_said_of_nothing_and_the_thread_ends(at_once, monkeypatch):
    monkeypatch.setattr(ticker, "LOOK", 0.001)
    stream, said = io.StringIO(), [None, None, "far"]
    with Ticker(lambda: said.pop(0) if said else None, stream, terminal=False) as one:
        while said:
            pass
    assert not one._thread.is_alive()
    assert stream.getvalue() == "far\n"
