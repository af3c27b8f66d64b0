"""The lower bounds of what the package needs are the versions that `make oldest` tests with."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# of these the newest is good enough: they check, draw documents or publish, and no test depends on their version
UNTESTED = {"ruff", "mypy", "pandas-stubs", "scipy-stubs", "twine", "mkdocs-material", "mutmut", "atheris"}
# whoever has an optimizer of theirs brings it
UNTESTED |= {"schedulefree", "pytorch_optimizer"}
# `make oldest` has no cluster; the bounds are the versions that their own tests were last seen to pass with
UNTESTED |= {"ray", "submitit"}
# the oldest there is: earlier Chromiums were in a wheel of another name
UNTESTED |= {"pyside6-webengine"}


def bounds(project):
    """Return the lower bound of every requirement, of extras too."""
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return [re.fullmatch(r"([\w-]+)(?:[>=]=([\d.]+))?", line).groups() for line in lines]


def untrue(project, oldest):
    """Return what of the declared bounds is not what is tested."""
    found = []
    for name, bound in bounds(project):
        if name in UNTESTED:
            continue
        tested = oldest.get(name)
        if tested is None or not f"{tested}.".startswith(f"{bound}."):
            found.append(f"{name}: {bound} is declared, {tested} is tested")
    return found


@pytest.fixture
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture
def oldest():
    lines = (ROOT / "tests" / "oldest.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_every_lower_bound_is_what_is_tested(project, oldest):
    assert untrue(project, oldest) == []
    assert {name for name, _ in bounds(project)} >= oldest.keys()


def test_a_bound_that_nobody_tests_would_be_seen(project, oldest):
    assert untrue(project, {**oldest, "scipy": "1.14.0"}) == ["scipy: 1.13 is declared, 1.14.0 is tested"]
    # 1.1 is no beginning of 1.13
    assert untrue(project, {**oldest, "scipy": "1.130.0"}) == ["scipy: 1.13 is declared, 1.130.0 is tested"]
    del oldest["torch"]
    assert untrue(project, oldest) == ["torch: 2.6 is declared, None is tested"]
