"""What is refused before a session starts."""

from types import SimpleNamespace

import pytest

from stablebert.doors.checks import check_reruns


def session(*, option=None, ini="0"):
    """Return a configuration in which a plug-in repeats failed tests."""
    return SimpleNamespace(getoption=lambda name, default: option, getini=lambda name: ini)


@pytest.mark.parametrize("asked", [{"option": 2}, {"ini": "1"}, {"option": 1, "ini": "0"}])
def test_a_plug_in_that_repeats_failed_tests_is_refused(asked):
    with pytest.raises(pytest.UsageError, match="a bench cannot be rerun until it passes"):
        check_reruns(session(**asked))


def test_a_plug_in_that_repeats_nothing_is_welcome():
    check_reruns(session())
    check_reruns(session(option=0))


def test_no_plug_in_is_no_fault(pytestconfig):
    check_reruns(pytestconfig)
