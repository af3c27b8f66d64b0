"""The fixture `seeds`: the gates of a session share its alarms."""

import re
from dataclasses import replace

import pytest

from stablebert.gate import Policy

pytest_plugins = ["pytester"]

# the tables of these tests have no loss, so that nothing is asked of it
NO_LOSS = Policy(endpoint="none")
MANY = """
@pytest.mark.parametrize("by", range({count}))
def test_it(seeds, by):
    seeds.noninferior(train, margin=1.0)


def test_without_a_gate():
    assert True
"""


def policies_of(session):
    """Return the digests of the policies of all verdicts in the JUnit file."""
    return set(re.findall(r'name="stablebert_policy" value="(\w+)"', (session.path / "junit.xml").read_text()))


@pytest.mark.parametrize("arguments", [(), ("-n", "2"), ("-k", "0"), ("-m", "not slow")])
def test_the_gates_of_a_session_share_its_alarms_whatever_is_selected(seeds_session, arguments):
    seeds_session(test=MANY.format(count=3))
    result = seeds_session("--junitxml=junit.xml", *arguments, test=MANY.format(count=3))
    assert result.ret == 0
    assert policies_of(seeds_session) == {replace(NO_LOSS, cells=3).digest}
    # the control: one gate has the whole of them
    assert replace(NO_LOSS, cells=3).digest != NO_LOSS.digest


def test_one_gate_has_all_alarms_and_other_tests_take_no_share(seeds_session):
    seeds_session(test=MANY.format(count=1))
    seeds_session("--junitxml=junit.xml", test=MANY.format(count=1))
    assert policies_of(seeds_session) == {NO_LOSS.digest}


def test_a_fixture_of_ones_own_by_that_name_takes_no_share(seeds_session):
    own = """
class TestOwn:
    @pytest.fixture
    def seeds(self):
        return [1, 2]

    @pytest.mark.parametrize("by", range(3))
    def test_other(self, seeds, by):
        assert seeds == [1, 2]
"""
    seeds_session(test=MANY.format(count=1) + own)
    seeds_session("--junitxml=junit.xml", test=MANY.format(count=1) + own)
    assert policies_of(seeds_session) == {NO_LOSS.digest}


UNSEEN = """
def test_unseen(request):
    request.getfixturevalue("seeds").noninferior(train, margin=1.0)
"""
BY_A_FIXTURE = """
@pytest.fixture
def mine(request):
    return request.getfixturevalue("seeds")


def test_by_a_fixture(mine):
    mine.judge(train, margin=1.0)
"""


@pytest.mark.parametrize("unseen", [UNSEEN, BY_A_FIXTURE])
@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_a_gate_that_was_not_counted_is_refused_and_trains_nothing(seeds_session, unseen, arguments):
    seeds_session(test=MANY.format(count=2))
    result = seeds_session("--junitxml=junit.xml", *arguments, test=MANY.format(count=2) + unseen)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*was not counted when the gates of this session shared its alarms*"])
    assert policies_of(seeds_session) == {replace(NO_LOSS, cells=2).digest}
    assert not list(seeds_session.path.rglob("test_unseen.csv"))


def test_a_fixture_that_hands_the_gate_on_is_counted_under_its_own_name_and_under_the_gates(seeds_session):
    handed = """
@pytest.fixture
def mine(seeds):
    return seeds


def test_mine(mine):
    mine.noninferior(train, margin=1.0)


class TestInItsPlace:
    @pytest.fixture
    def seeds(self, seeds):
        return seeds

    def test_handed(self, seeds):
        seeds.noninferior(train, margin=1.0)
"""
    seeds_session(test=MANY.format(count=1) + handed)
    result = seeds_session("--junitxml=junit.xml", test=MANY.format(count=1) + handed)
    result.assert_outcomes(passed=4)
    assert policies_of(seeds_session) == {replace(NO_LOSS, cells=3).digest}
