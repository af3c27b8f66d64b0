"""Methods that a session adds by the hook `pytest_stablebert_methods`, checked before anything is collected."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from stablebert.paper import ENCODERS, METHOD_PARAMETERS
from stablebert.runs import parse_method

# what `-k` also sees: parts of ids, functions and modules of a bench, and markers
_RESERVED = (
    *("3ep", "long", "own", "released", "custom", "fp32", "bf16", "fp16", "candidate", "ours"),
    *("bench", "test_run", "test_gate", "test_law", "test_section", "test_appendix", "test_optimizer_contract"),
    *("paper", "assets", "parametrize", "skip", "skipif", "xfail", "usefixtures", "filterwarnings"),
)


def methods_of_others(config: pytest.Config) -> dict[str, str]:
    """Return the methods that a session adds, from name to `package.module:Class`.

    Raises:
        pytest.UsageError: a name is not of the form of ids or is part of another one, or a class is no method.
    """
    found: dict[str, Any] = {}
    for answer in config.hook.pytest_stablebert_methods(config=config):
        if not isinstance(answer, dict):
            raise pytest.UsageError(f"pytest_stablebert_methods: {answer!r} is no dict from name to class")
        twice = sorted(found.keys() & answer)
        if twice:
            raise pytest.UsageError(f"pytest_stablebert_methods: method {twice[0]!r} is added twice")
        found |= answer
    if not found:
        return {}
    _check_names(found)
    return {name: _source(name, kind) for name, kind in found.items()}


def sources_of(method: str, methods: Mapping[str, str]) -> str:
    """Return the sources of those methods of others that a method text names, as canonical JSON.

    Args:
        method: Method text.
        methods: As from `methods_of_others`.

    Example:
        >>> sources_of("shrink.factor2+reinit", {"shrink": "package.module:Shrink", "other": "package.module:Other"})
        '{"shrink":"package.module:Shrink"}'
        >>> sources_of("reinit", {"shrink": "package.module:Shrink"})
        '{}'
    """
    # a text that is no method is an error where it is trained, with its run
    if not methods or not re.fullmatch(r"[a-z0-9.+\-]+", method):
        return "{}"
    named = {choice.name for choice in parse_method(method)}
    chosen = {name: source for name, source in methods.items() if name in named}
    return json.dumps(chosen, sort_keys=True, separators=(",", ":"))


def _check_names(names: Iterable[str]) -> None:
    from stablebert.contract import LAWS
    from stablebert.tasks import TASKS

    taken = [*METHOD_PARAMETERS, *ENCODERS, *(name for name in TASKS if not name.endswith("-1k"))]
    taken += [*_RESERVED, *(law.name for law in LAWS)]
    for name in names:
        if not (isinstance(name, str) and re.fullmatch("[a-z]+", name)):
            raise pytest.UsageError(f"pytest_stablebert_methods: {name!r} is not made of lower-case letters")
        for other in taken:
            if name in other or other in name:
                raise pytest.UsageError(
                    f"pytest_stablebert_methods: the name {name!r} clashes with {other!r}: one is part of the other, "
                    "and -k could not tell them apart"
                )
        taken.append(name)


def _source(name: str, kind: Any) -> str:
    from stablebert.methods import MethodError, load_method, method_parameters

    source = f"{getattr(kind, '__module__', '?')}:{getattr(kind, '__qualname__', repr(kind))}"
    try:
        same = load_method(source) is kind
    except MethodError as error:
        raise pytest.UsageError(f"pytest_stablebert_methods: {name!r}: {error}") from error
    if not same:
        raise pytest.UsageError(f"pytest_stablebert_methods: {name!r}: {source} imports as another class")
    for key, default in method_parameters(kind).items():
        if not re.fullmatch("[a-z]+", key) or not (default is None or type(default) in (int, float)):
            raise pytest.UsageError(
                f"pytest_stablebert_methods: {name!r}: parameter {key!r} with default {default!r} cannot stand in an "
                "id; it must be lower-case letters, and its default a number or None"
            )
    return source
