"""Which code of others decides a run: what is in development by its files, what is installed by its version.

A user's optimizer is often a subclass, and leans on a helper module beside its package. So this follows what its
package imports and what its classes inherit from. Sources are read, never imported: naming a run runs nobody's code.
"""

import ast
import importlib.metadata
import sys
from collections.abc import Collection, Iterator
from fnmatch import fnmatch
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from stablebert.files import sha256_of
from stablebert.records.store import MARK

# known by the digest of the package's own sources, and by versions that every run has
_KNOWN = frozenset({"stablebert", "torch", "transformers"})
_INSTALLED = frozenset({"site-packages", "dist-packages"})
# what a session leaves below a package decides no run; a store of records bears `store.MARK`
_LEFT = (".*", "__pycache__", "*.log", "*.lock", "*.tmp", "events.out.tfevents.*")


def third_party_code(names: Collection[str]) -> dict[str, Any]:
    """Return what tells code of others from the same code changed, as plain data.

    That is every file of the packages of what is named and of base classes, and of each package or module that these
    import from outside site-packages; and the version of all that is met and is installed.

    Args:
        names: `package.module:object` each: an optimizer, a method, a task or a metric.

    Raises:
        ValueError: a package is not found, or has no files.

    Example:
        >>> third_party_code(["torch.optim:AdamW"])
        {'files': [], 'versions': {}}
    """
    # reading what is installed takes longer than all else that a key needs
    distributions = importlib.metadata.packages_distributions() if {*map(_package_of, names)} - _KNOWN else {}
    files: list[tuple[str, str]] = []
    versions: dict[str, str] = {}
    left = [(_package_of(name), True) for name in names]
    seen: set[tuple[str, bool]] = set()
    while left:
        package, whole = left.pop()
        spec = None if package in _KNOWN or (package, whole) in seen else _spec_of(package)
        if spec is None:
            continue
        installed = distributions.get(package, [])
        versions |= {name: importlib.metadata.version(name) for name in installed}
        roots = _roots_of(spec)
        if not whole and installed and any(_INSTALLED & set(root.parts) for root in roots):
            seen.add((package, False))
            continue
        seen |= {(package, True), (package, False)}
        found = list(_files_below(roots))
        if not found:
            raise ValueError(f"package {package!r} has no files here, so that nothing tells it from itself changed")
        for place, path in found:
            files.append((f"{package}/{place}", sha256_of(path)))
            left += _imported_by(path)
    return {"files": sorted(files), "versions": versions}


def _package_of(name: str) -> str:
    """Return the top-level package of an object that is named."""
    package = name.partition(":")[0].partition(".")[0]
    spec = _spec_of(package) if package else None
    if spec is None or not _roots_of(spec):
        raise ValueError(f"{name!r} does not import: there is no package {package!r}")
    return package


def _spec_of(package: str) -> ModuleSpec | None:
    """Return where a package is found today, whatever was imported under its name before."""
    specs = (finder.find_spec(package, None) for finder in sys.meta_path)
    return next((spec for spec in specs if spec is not None), None)


def _roots_of(spec: ModuleSpec) -> list[Path]:
    if spec.submodule_search_locations:
        return [Path(location) for location in spec.submodule_search_locations]
    return [Path(spec.origin)] if spec.has_location and spec.origin else []


def _files_below(roots: list[Path]) -> Iterator[tuple[str, Path]]:
    for root in roots:
        # a package in an archive is known by the whole of it
        whole = next((path for path in (root, *root.parents) if path.exists()), root)
        if whole.is_file():
            yield whole.name, whole
        elif whole == root:
            yield from ((path.relative_to(root).as_posix(), path) for path in _below(root))


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if any(fnmatch(path.name, left) for left in _LEFT):
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and not path.is_symlink() and not (path / MARK).exists():
            yield from _below(path)


def _imported_by(path: Path) -> set[tuple[str, bool]]:
    """Return the top-level packages that a file imports, each with whether a class of the file inherits from there.

    None where it is no Python.
    """
    try:
        nodes = list(ast.walk(ast.parse(path.read_bytes()))) if path.suffix == ".py" else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Python's parser says of what is nested too deep that memory is short
        return set()
    origin: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            tops = {alias: alias.name.partition(".")[0] for alias in node.names}
            origin |= {alias.asname or top: top for alias, top in tops.items()}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            origin |= {alias.asname or alias.name: node.module.partition(".")[0] for alias in node.names}
    names = {_root_name(base) for node in nodes if isinstance(node, ast.ClassDef) for base in node.bases}
    # a star may bring any of them
    bases = {origin[name] for name in (names | {"*"}) & set(origin)}
    found = {(package, package in bases) for package in origin.values()}
    return {(package, whole) for package, whole in found if package not in sys.stdlib_module_names}


def _root_name(expression: ast.expr) -> str:
    while isinstance(expression, ast.Attribute | ast.Subscript):
        expression = expression.value
    return expression.id if isinstance(expression, ast.Name) else ""
