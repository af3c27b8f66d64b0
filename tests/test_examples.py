"""The examples in docstrings are run."""

import doctest
import importlib
import pkgutil

import pytest

import stablebert

MODULES = sorted(name for _, name, package in pkgutil.walk_packages(stablebert.__path__, "stablebert.") if not package)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_an_example_that_is_wrong_would_fail():
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert doctest.DocTestRunner(verbose=False).run(test, out=lambda _: None).failed == 1
