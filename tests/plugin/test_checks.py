"""What is refused before a session starts."""

from types import SimpleNamespace

import pytest

from stablebert.plugin.checks import check_reruns


def session(*, name="reruns", option=None, ini="0"):
    """Return a configuration in which a plug-in repeats failed tests."""

    def getini(asked):
        if asked != name:
            raise ValueError(f"unknown configuration value: {asked!r}")
        return ini

    return SimpleNamespace(getoption=lambda asked, default: option if asked == name else default, getini=getini)


@pytest.mark.parametrize("asked", [{"option": 2}, {"ini": "1"}, {"option": 1, "ini": "0"}])
@pytest.mark.parametrize("name", ["reruns", "retries", "force_flaky"])
def test_a_plug_in_that_repeats_failed_tests_is_refused(name, asked):
    with pytest.raises(pytest.UsageError, match=f"a bench cannot be rerun until it passes: {name}"):
        check_reruns(session(name=name, **asked))


def test_a_plug_in_that_repeats_nothing_is_welcome():
    check_reruns(session())
    check_reruns(session(option=0))


def test_no_plug_in_is_no_fault(pytestconfig):
    check_reruns(pytestconfig)
