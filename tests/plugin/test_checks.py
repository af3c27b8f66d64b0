"""What is refused before a session starts."""

from types import SimpleNamespace

import pytest

from stablebert.plugin.selection import check_repeaters


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
    with pytest.raises(ValueError, match=f"a bench cannot be rerun until it passes: {name}"):
        check_repeaters(session(name=name, **asked))


def test_a_plug_in_that_repeats_nothing_is_welcome():
    check_repeaters(session())
    check_repeaters(session(option=0))


def test_no_plug_in_is_no_fault(pytestconfig):
    check_repeaters(pytestconfig)
