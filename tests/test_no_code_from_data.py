"""Nothing of the package takes data for code: no pickle, no evaluation of text, no remote code, no archive as a whole."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "stablebert"
# modules whose reading of a file can run what stands in it
MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib", "jsonpickle"}
BUILTINS = {"eval", "exec", "compile", "__import__"}
# by attribute: what runs code of a file, or writes where an archive says
METHODS = {"extractall", "read_pickle", "to_pickle", "unsafe_load", "full_load", "unpack_archive"}


def findings(source: str) -> list[str]:
    """Return what a source does that takes data for code, with its lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, one.name) for one in node.names if one.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append((node.lineno, node.module))
        elif isinstance(node, ast.Call):
            found += [(node.lineno, said) for said in _of_call(node)]
    return [f"{line}: {said}" for line, said in sorted(found)]


def _of_call(node: ast.Call) -> list[str]:
    name = ast.unparse(node.func)
    last = name.rpartition(".")[2]
    given = {one.arg: one.value for one in node.keywords}
    trusting = [
        f"{name}({word})"
        for word in ("trust_remote_code", "allow_pickle")
        if word in given and not _is(given[word], False)
    ]
    if name in BUILTINS or last in METHODS:
        return [name, *trusting]
    if last == "load" and name.split(".")[0] in ("torch", "yaml"):
        safe = name.startswith("torch") and _is(given.get("weights_only"), True)
        return [*trusting] if safe else [name, *trusting]
    return trusting


def _is(node: ast.expr | None, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_takes_data_for_code(path):
    assert findings(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "planted",
    [
        "import pickle",
        "from pickle import loads",
        "import numpy as np\nnp.load(path, allow_pickle=True)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
        "AutoModel.from_pretrained(name, trust_remote_code=flag)",
        "eval(text)",
        "exec(text)",
        "yaml.load(text)",
        "archive.extractall(folder)",
        "pandas.read_pickle(path)",
    ],
)
def test_what_is_planted_is_found(planted):
    assert len(findings(planted)) == 1


@pytest.mark.parametrize(
    "harmless",
    [
        "torch.load(path, weights_only=True)",
        "AutoModel.from_pretrained(name, trust_remote_code=False)",
        "model.eval()",
        "re.compile(text)",
        "torch.compile(model)",
        "json.load(stream)",
    ],
)
def test_what_is_harmless_is_not(harmless):
    assert findings(harmless) == []
