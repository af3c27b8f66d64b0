"""The text of a Python script, which is parsed and never run: calls, the names that they go by, constants."""

import ast
import operator
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stablebert.doctor.facts import SetupError

_OPERATORS: dict[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}
# layers of torch with weights, which a head is made of
_LAYERS = ("Linear", "Bilinear", "Conv1d", "Conv2d", "Embedding", "GRU", "LSTM", "RNN", "MultiheadAttention")
# a power of two numbers of a script is small, or nothing that it says
_LARGEST = 1e9
# and so is what is computed of
_LONGEST = 1000


@dataclass(frozen=True)
class Call:
    """A call in a script.

    Attributes:
        path: What is called, by the name that it was imported under: `torch.optim.AdamW`, `model.train`.
        node: Its node.
        scope: The function that it stands in, None outside any.
    """

    path: str
    node: ast.Call
    scope: ast.AST | None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    @property
    def line(self) -> int:
        """Its line."""
        return self.node.lineno

    def argument(self, name: str, place: int | None = None) -> ast.expr | None:
        """Return an argument by keyword, or by its place among those without, None where it is not there."""
        named = next((each.value for each in self.node.keywords if each.arg == name), None)
        if named is not None or place is None or place >= len(self.node.args):
            return named
        return self.node.args[place]


class Source:
    """A script.

    Args:
        path: Its file.

    Raises:
        SetupError: it is no Python.
    """

    def __init__(self, path: Path) -> None:
        try:
            # a script says itself in which encoding it is written
            with tokenize.open(path) as stream:
                self.text = stream.read()
            self._tree = ast.parse(self.text)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            # the parser's stack is its own memory
            raise SetupError(f"it is no Python: {str(error) or 'it is nested too deeply'}") from error
        self._imported = dict(_imports(self._tree))
        self._values = _assigned_once(self._tree)
        self.calls = sorted(_calls(self._tree, None, self.path_of), key=lambda call: call.line)

    def path_of(self, node: ast.AST | None) -> str:
        """Return a dotted name with what it was imported from, empty for what is none."""
        if isinstance(node, ast.Attribute):
            inner = self.path_of(node.value)
            # what a call returns has no name, and its method has
            return f"{inner}.{node.attr}" if inner else node.attr
        return self._imported.get(node.id, node.id) if isinstance(node, ast.Name) else ""

    def value_of(self, node: ast.AST | None) -> Any:
        """Return what is computed of constants and of names that are assigned once; None where it is not known."""
        try:
            return self._computed(node, iter(range(_LONGEST)), 0)
        except (ArithmeticError, TypeError, ValueError):
            return None

    def behind(self, node: ast.AST | None) -> ast.AST | None:
        """Return what a name that is assigned once stands for, anything else as it is."""
        return self._values.get(node.id, node) if isinstance(node, ast.Name) else node

    def passes_over(self, name: str, beside: ast.AST) -> Any:
        """Return how often a loop of epochs goes through what a name stands for; None where there is no such loop.

        That is `for ... in range(N): for ... in NAME`, the inner one with a backward pass.

        Args:
            name: As the script has it.
            beside: What stands outside of that loop: within it, each epoch would have its own.
        """
        outer = [
            loop.iter.args[0]
            for loop in ast.walk(self._tree)
            if isinstance(loop, ast.For) and isinstance(loop.iter, ast.Call) and len(loop.iter.args) == 1
            if self.path_of(loop.iter.func) == "range" and any(_goes_through(inner, name) for inner in loop.body)
            if all(node is not beside for node in ast.walk(loop))
        ]
        return self.value_of(outer[0]) if len(outer) == 1 else None

    def layers_beside(self, part: ast.Attribute) -> list[str]:
        """Return the other parts of the module that `self.part` stands in that are layers of torch with weights.

        A part that others are handed to, as a wrapper is, has none beside it.
        """
        around = [node for node in ast.walk(self._tree) if isinstance(node, ast.ClassDef) and part in ast.walk(node)]
        parts = dict(_parts(around[-1])) if around else {}
        own = {node.attr for node in ast.walk(parts.get(part.attr, part)) if isinstance(node, ast.Attribute)}
        return [
            name
            for name, value in parts.items()
            if name not in own | {part.attr} and any(self._has_weights(node) for node in ast.walk(value))
        ]

    def _has_weights(self, node: ast.AST) -> bool:
        path = self.path_of(node.func) if isinstance(node, ast.Call) else ""
        return path.startswith("torch.nn.") and path.rpartition(".")[2] in _LAYERS

    def keywords_of(self, call: Call) -> dict[str, Any]:
        """Return the values of a call's keywords, None for what is not known."""
        return {each.arg: self.value_of(each.value) for each in call.node.keywords if each.arg is not None}

    def _computed(self, node: ast.AST | None, steps: Iterator[int], depth: int) -> Any:
        # a name may stand for what has itself in it, or for what has another twice, and that one a third
        if depth > 50 or next(steps, None) is None:
            return None
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name) and node.id in self._values:
            return self._computed(self._values[node.id], steps, depth + 1)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self._computed(node.operand, steps, depth + 1)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [self._computed(each, steps, depth + 1) for each in node.elts]
        if isinstance(node, ast.Call) and self.path_of(node.func) == "int" and len(node.args) == 1:
            return int(self._computed(node.args[0], steps, depth + 1))
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = (self._computed(side, steps, depth + 1) for side in (node.left, node.right))
            if all(isinstance(side, int | float) and abs(side) <= _LARGEST for side in (left, right)):
                if isinstance(node.op, ast.Pow) and abs(right) > 64:
                    return None
                return _OPERATORS[type(node.op)](left, right)
        return None


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                # `import a.b` binds a, `import a.b as c` binds a.b
                yield (
                    alias.asname or alias.name.partition(".")[0],
                    alias.name if alias.asname else alias.name.partition(".")[0],
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module or ''}.{alias.name}"


def _assigned_once(tree: ast.AST) -> dict[str, ast.expr]:
    """Return what the names stand for that get one value in the whole script; parameters of functions get many."""
    stored = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not _reads(node))
    stored.update(node.arg for node in ast.walk(tree) if isinstance(node, ast.arg))
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, value = node.target, node.value
        else:
            continue
        if isinstance(target, ast.Name) and stored[target.id] == 1:
            found[target.id] = value
    return found


def _parts(module: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a class assigns to attributes of `self`."""
    for node in ast.walk(module):
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value):
                yield name, value


def _goes_through(node: ast.AST, name: str) -> bool:
    """Return whether a statement is, or holds, a loop over what a name stands for, with a backward pass."""
    return any(
        isinstance(loop, ast.For)
        and any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(loop.iter))
        and any(isinstance(one, ast.Attribute) and one.attr == "backward" for one in ast.walk(loop))
        for loop in ast.walk(node)
    )


def _reads(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _calls(node: ast.AST, scope: ast.AST | None, path_of: Any) -> Iterator[Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield Call(path_of(child.func), child, scope)
        inside = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else scope
        yield from _calls(child, inside, path_of)
