"""Every function of the package that reads what others may have written, found in its source."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "stablebert"
# by their last part: what reads a file, or turns a text into data
_READS = {
    "read_text",
    "read_bytes",
    "loads",
    "reader",
    "DictReader",
    "read_csv",
    "read_parquet",
    "ZipFile",
    "read_member",
    "parse_json",
}
_READS |= {"parse_args", "getini", "literal_eval", "from_pretrained", "unpack", "frombuffer", "load_dataset"}


def parsers(source: str, module: str) -> set[str]:
    """Return `module.function` of each function of a source that reads."""
    found = set()

    def visit(node: ast.AST, name: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                visit(child, f"{name}.{child.name}")
                continue
            if isinstance(child, ast.Call) and _reads(child):
                found.add(name)
            visit(child, name)

    visit(ast.parse(source), module)
    return found


def all_parsers() -> set[str]:
    """Return those of the package."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        found |= parsers(path.read_text(encoding="utf-8"), module)
    return found


def _reads(call: ast.Call) -> bool:
    name = ast.unparse(call.func).rpartition(".")[2]
    if name != "open":
        return name in _READS
    modes = [
        one.value for one in (*call.args, *(word.value for word in call.keywords)) if isinstance(one, ast.Constant)
    ]
    return not {"a", "w", "xb", "wb"} & {*modes}
