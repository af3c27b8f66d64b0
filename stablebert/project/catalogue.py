"""Tasks, methods and encoders: those of the package, and those that a project or an installed package adds by name.

A project says what it adds in its `pyproject.toml`, a package by entry points of the same names
(`stablebert.tasks`, `stablebert.methods`, `stablebert.encoders`), a `conftest.py` by the hook
`pytest_stablebert_methods`:

    [tool.stablebert.tasks]
    tickets = "mypackage.data:tickets"
    reviews = { folder = "data/reviews", metric = "f1" }

    [tool.stablebert.methods]
    shrink = "mypackage.methods:Shrink"

    [tool.stablebert.encoders]
    smallbert = "models/small"
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from stablebert.foreign import ForeignError, contained, load_object, reason_of
from stablebert.paper import ENCODERS, METHOD_PARAMETERS, check_encoder
from stablebert.project.pyproject import KINDS, project_table
from stablebert.runs import parse_method

# what `-k` also sees: parts of ids, functions and modules of a bench, and markers
RESERVED = (
    *("3ep", "long", "own", "released", "custom", "fp32", "bf16", "fp16", "candidate", "ours"),
    *("bench", "test_run", "test_gate", "test_law", "test_section", "test_appendix", "test_optimizer_contract"),
    *("paper", "counterpart", "assets", "parametrize", "skip", "skipif", "xfail", "usefixtures", "filterwarnings"),
)
_HOOK = "pytest_stablebert_methods"
_OBJECT = re.compile(r"\w+(\.\w+)*:\w+")


@dataclass(frozen=True)
class Catalogue:
    """What is added to the package's own, by name.

    Attributes:
        tasks: Source of each task as canonical JSON (see `stablebert.tasks`).
        methods: `package.module:Class` of each method.
        encoders: Hub name or folder of each encoder.
    """

    tasks: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    encoders: Mapping[str, str] = field(default_factory=dict)

    def task_source(self, task: str) -> str | None:
        """Return the source of a task, also of its `-1k` version; None for a task of the package."""
        return self.tasks.get(task.removesuffix("-1k"))

    def encoder_source(self, encoder: str) -> str | None:
        """Return the hub name or folder of an encoder; None for the embedded one.

        Raises:
            ValueError: there is no encoder of that name.
        """
        check_encoder(encoder, self.encoders)
        source = {**ENCODERS, **self.encoders}[encoder]
        return _loaded_source(encoder, source) if source and _OBJECT.fullmatch(source) else source

    def method_sources(self, method: str) -> str:
        """Return the sources of those added methods that a method text names, as canonical JSON.

        Example:
            >>> Catalogue(methods={"shrink": "package.module:Shrink"}).method_sources("shrink.factor2+reinit")
            '{"shrink":"package.module:Shrink"}'
            >>> Catalogue().method_sources("reinit")
            '{}'
        """
        named = {choice.name for choice in parse_method(method)} if self.methods else set()
        chosen = {name: source for name, source in self.methods.items() if name in named}
        return json.dumps(chosen, sort_keys=True, separators=(",", ":"))

    def parameters(self) -> dict[str, dict[str, Any]]:
        """Return the parameters of the added methods with their defaults, by method; imports their classes."""
        if not self.methods:
            return {}
        from stablebert.methods import load_method, method_parameters

        return {name: method_parameters(load_method(source)) for name, source in self.methods.items()}


def catalogue_of(root: Path, hooked: Iterable[Any] = ()) -> Catalogue:
    """Return what a project, its hooks and the installed packages add.

    A name that the project gives goes before an installed package's.

    Args:
        root: The project's folder; relative folders are below it.
        hooked: Answers of the hook `pytest_stablebert_methods`.

    Raises:
        ValueError: a name is not of the form of ids, clashes with another, or is added twice; a source is of another
            form; a method's class is none.
    """
    found = {kind: _installed(kind) | _listed(kind, root) for kind in KINDS}
    by_hook = _hooked(hooked)
    twice = sorted(by_hook.keys() & _listed("methods", root).keys())
    if twice:
        raise ValueError(f"{_HOOK}: method {twice[0]!r} is added twice")
    found["methods"] |= by_hook
    _check_names(found)
    for name, method in found["methods"].items():
        _check_method(name, method)
    return Catalogue(**{kind: {name: one.source for name, one in added.items()} for kind, added in found.items()})


@dataclass(frozen=True)
class _Added:
    source: str
    place: str


def _installed(kind: str) -> dict[str, _Added]:
    found: dict[str, _Added] = {}
    for entry in entry_points(group=f"stablebert.{kind}"):
        place = f"entry point stablebert.{kind}"
        if not _OBJECT.fullmatch(entry.value):
            # a package has no folder that a path could be below
            raise ValueError(f"{place}: {entry.name} is {entry.value!r}; it must be of the form package.module:object")
        one = _Added(_source(kind, f"{place}: {entry.name}", entry.value, Path()), place)
        if found.setdefault(entry.name, one) != one:
            raise ValueError(f"{place}: {entry.name!r} is added by two installed packages")
    return found


def _listed(kind: str, root: Path) -> dict[str, _Added]:
    place = f"[tool.stablebert.{kind}]"
    table = project_table(root, kind)
    return {name: _Added(_source(kind, f"{place}: {name}", value, root), place) for name, value in table.items()}


def _hooked(answers: Iterable[Any]) -> dict[str, _Added]:
    found: dict[str, _Added] = {}
    for answer in answers:
        if not isinstance(answer, dict):
            raise ValueError(f"{_HOOK}: {answer!r} is no dict from name to class")
        for name, kind in answer.items():
            if name in found:
                raise ValueError(f"{_HOOK}: method {name!r} is added twice")
            source = f"{getattr(kind, '__module__', '?')}:{getattr(kind, '__qualname__', repr(kind))}"
            found[name] = _Added(source, _HOOK)
    _check_names({"methods": found})
    for name, one in found.items():
        kinds = [answer[name] for answer in answers if name in answer]
        if _load(name, one) is not kinds[0]:
            raise ValueError(f"{_HOOK}: {name!r}: {one.source} imports as another class")
    return found


def _source(kind: str, place: str, value: Any, root: Path) -> str:
    """Return a source in the form that runs carry."""
    if kind == "tasks":
        if isinstance(value, str):
            value = {"object": value} if _OBJECT.fullmatch(value) else {"folder": value}
        if not isinstance(value, dict) or not isinstance(value.get("folder", value.get("object")), str):
            raise ValueError(f"{place} is {value!r}; it must be 'package.module:object', a folder, or a table with one")
        if "folder" in value:
            value = {**value, "folder": str(_below(root, value["folder"]))}
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    if not isinstance(value, str):
        raise ValueError(f"{place} is {value!r}; it must be text")
    if _OBJECT.fullmatch(value):
        return value
    if kind == "methods":
        raise ValueError(f"{place} is {value!r}; it must be of the form package.module:Class")
    folder = _below(root, value)
    try:
        return str(folder) if folder.is_dir() else value
    except OSError as error:
        raise ValueError(f"{place} can be no folder: {error}") from error


def _below(root: Path, folder: str) -> Path:
    return (root / Path(folder).expanduser()).resolve()


def _check_names(found: Mapping[str, Mapping[str, _Added]]) -> None:
    added = [(name, kind, one) for kind, names in found.items() for name, one in names.items()]
    if not added:
        return
    from stablebert.contract import LAWS
    from stablebert.tasks import TASKS

    taken = [*METHOD_PARAMETERS, *ENCODERS, *(name for name in TASKS if not name.endswith("-1k"))]
    taken += [*RESERVED, *(law.name for law in LAWS)]
    for name, kind, one in added:
        # the parameters of a method follow on its name
        form, words = ("[a-z]+", "letters") if kind == "methods" else ("[a-z][a-z0-9]*", "letters and digits")
        if not (isinstance(name, str) and re.fullmatch(form, name)):
            raise ValueError(f"{one.place}: {name!r} is not made of lower-case {words}")
        for other in taken:
            if name in other or other in name:
                raise ValueError(
                    f"{one.place}: the name {name!r} clashes with {other!r}: one is part of the other, "
                    "and -k could not tell them apart"
                )
        taken.append(name)


def _loaded_source(encoder: str, source: str) -> str:
    """Return the hub name or folder that an object of a package is, or returns."""
    try:
        found = load_object(source)
    except ForeignError as error:
        raise ValueError(f"encoder {encoder!r}: {source!r} {error}") from error
    try:
        with contained(source):
            answer = found() if callable(found) else found
    except Exception as error:
        raise ValueError(f"encoder {encoder!r}: {source!r} ended in an error ({reason_of(error)})") from error
    if not isinstance(answer, str | Path):
        raise ValueError(f"encoder {encoder!r}: {source!r} is {answer!r}; it must be a hub name or a folder")
    return str(answer)


def _check_method(name: str, one: _Added) -> None:
    from stablebert.methods import method_parameters

    for key, default in method_parameters(_load(name, one)).items():
        if not re.fullmatch("[a-z]+", key) or not (default is None or type(default) in (int, float)):
            raise ValueError(
                f"{one.place}: {name!r}: parameter {key!r} with default {default!r} cannot stand in an "
                "id; it must be lower-case letters, and its default a number or None"
            )


def _load(name: str, one: _Added) -> Any:
    from stablebert.methods import MethodError, load_method

    try:
        return load_method(one.source)
    except MethodError as error:
        raise ValueError(f"{one.place}: {name!r}: {error}") from error
