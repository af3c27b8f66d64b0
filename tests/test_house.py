"""The house: imports point downwards, the doors cost nothing, ids stay apart."""

import ast
import itertools
import re
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path
from statistics import median

import pytest

import stablebert
from stablebert.bench import MARKS
from stablebert.contract import LAWS
from stablebert.paper import ENCODERS, METHOD_PARAMETERS
from stablebert.plugin.contract import LawRequest
from stablebert.tasks import TASKS
from tests import house
from tests.floors import FLOORS, ORDERED, floors_table

HOME = Path(stablebert.__file__).parent
ROOT = HOME.parent
# dependencies that the package uses without an import
USED_UNIMPORTED = {"pytest-xdist": "`pytest bench -n 2`, and the hooks of its controller"}
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor.all_rooms}


def imports_of(path, *, deep=True):
    """Return the parts of the package that a file imports, and the other modules."""
    tree = ast.parse(path.read_text())
    nodes = ast.walk(tree) if deep else _at_import(tree)
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("stablebert.")}, {
        name.split(".")[0] for name in names
    }


def _at_import(tree):
    """Yield the nodes that run when a module is imported."""
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from ast.walk(node)


def parts():
    for path in sorted(HOME.rglob("*.py")):
        place = path.relative_to(HOME).as_posix()
        if place != "__init__.py":
            yield place, path, place.split("/")[0].removesuffix(".py")


def violations(place, part, imported):
    return [f"{place} imports {other}" for other in imported & set(FLOOR_OF) if FLOOR_OF[other] > FLOOR_OF[part]]


def test_every_part_has_a_floor():
    assert {part for _, _, part in parts()} == set(FLOOR_OF)


def test_imports_point_downwards():
    found = [line for place, path, part in parts() for line in violations(place, part, imports_of(path)[0])]
    assert found == []


def test_an_import_upwards_would_be_seen():
    assert violations("runs/spec.py", "runs", {"training"}) == ["runs/spec.py imports training"]


def module_graph(home):
    """Return, by module of the package, the modules that it imports when it is imported."""
    files = {}
    for path in home.rglob("*.py"):
        place = path.relative_to(home.parent).with_suffix("")
        files[".".join(place.parts).removesuffix(".__init__")] = path
    graph = {}
    for module, path in files.items():
        nodes = list(_at_import(ast.parse(path.read_text())))
        named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                # a name is a module of a package, or something inside the module named
                full = {alias: f"{node.module}.{alias.name}" for alias in node.names}
                named |= {name if name in files else node.module for name in full.values()}
        graph[module] = named & set(files) - {module}
    return graph


def test_no_import_goes_in_a_circle():
    TopologicalSorter(module_graph(HOME)).prepare()


def test_what_is_planted_is_seen(tmp_path):
    home = tmp_path / "stablebert"
    home.mkdir()
    (home / "__init__.py").touch()
    (home / "one.py").write_text("from stablebert import two\n\n\ndef work():\n    import torch\n")
    (home / "two.py").write_text("import torch.nn\n\n\ndef work():\n    from stablebert.one import work\n")
    TopologicalSorter(module_graph(home)).prepare()
    assert imports_of(home / "two.py", deep=False) == (set(), {"torch"})
    assert imports_of(home / "two.py") == ({"one"}, {"torch", "stablebert"})
    assert "torch" not in imports_of(home / "one.py", deep=False)[1]
    (home / "two.py").write_text("from stablebert.one import work\n")
    with pytest.raises(CycleError):
        TopologicalSorter(module_graph(home)).prepare()


def test_within_the_ordered_floor_too():
    for place, path, part in parts():
        if part in ORDERED:
            above = ORDERED[ORDERED.index(part) + 1 :]
            assert not imports_of(path)[0] & set(above), place


def test_floors_without_torch_have_none_at_import():
    free = {room for floor in FLOORS for room in floor.rooms}
    places = {"encoders/sources.py"}
    light = ("__init__", "checking", "law", "subject", "laws/__init__", "laws/table")
    places |= {f"contract/{name}.py" for name in light}
    assert all((HOME / place).is_file() for place in places)
    for place, path, part in parts():
        if part in free or place in places:
            assert not imports_of(path, deep=False)[1] & {"torch", "transformers"}, place


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("stablebert", {"torch", "pandas", "scipy", "numpy"}),
        ("stablebert.plugin.hooks", {"torch", "pandas", "scipy", "numpy", "transformers", "datasets", "hypothesis"}),
        (
            "stablebert.records, stablebert.baselines, stablebert.gate, stablebert.analysis, stablebert.report, stablebert.workers",
            {"torch", "transformers"},
        ),
        ("stablebert.cli", {"torch", "transformers", "datasets"}),
    ],
)
def test_importing_stays_light(module, forbidden):
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not forbidden & set(loaded)


def law_requests(label):
    return [LawRequest(label, "package.module:Class", "{}", law) for law in LAWS]


def test_no_id_hides_in_another():
    ids = {name for name in TASKS if not name.endswith("-1k")}
    ids |= {
        *METHOD_PARAMETERS,
        "llrd",
        "mixout",
        "wdecay",
        "prior",
        "transfer",
        *ENCODERS,
        "3ep",
        "long",
        "own",
    }
    clashes = [(one, other) for one, other in itertools.permutations(ids, 2) if one in other]
    assert clashes == []
    bench = [path.stem for path in (ROOT / "bench").glob("*.py")] + [
        "bench",
        "test_run",
        "test_gate",
        "test_law",
        "paper",
        "assets",
    ]
    bench += [request.id for label in ("ours0", "ours1", "candidate") for request in law_requests(label)]
    markers = [*MARKS, "assets", "parametrize", "skip", "skipif", "xfail", "usefixtures", "filterwarnings"]
    hidden = [(one, name) for one in ids for name in bench + markers if one in name.lower()]
    assert hidden == []


def test_contributing_has_the_floors_of_the_code():
    page = (ROOT / "CONTRIBUTING.md").read_text()
    assert floors_table() in page
    # the control: a room that is missing there is noticed
    without = [replace(floor, rooms=tuple(room for room in floor.rooms if room != "records")) for floor in FLOORS]
    assert floors_table(without) not in page


def test_files_hold_one_idea():
    long = {path: count for path, count in house.sizes(HOME.rglob("*.py")).items() if count > house.MOST_LINES}
    assert long == {}
    least, most = house.MEDIAN_LINES
    assert least <= median(house.sizes(house.modules()).values()) <= most


def test_a_name_that_two_rooms_share_has_its_reason():
    assert house.unexplained(house.modules()) == []
    # a reason for a name that nobody shares any more goes
    assert house.SHARED_NAMES.keys() <= house.rooms_by_name(house.modules()).keys()


def test_the_measures_of_the_house_see_what_is_planted(tmp_path):
    for place, lines in {"one/noun.py": 301, "two/noun.py": 3, "two/plan.py": 1, "one/plan.py": 1}.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("pass\n" * lines)
    (tmp_path / "one" / "__init__.py").touch()
    found = house.modules(tmp_path)
    assert sorted(house.sizes(found).values()) == [1, 1, 3, house.MOST_LINES + 1]
    assert house.rooms_by_name(found) == {"noun.py": ["one", "two"], "plan.py": ["one", "two"]}
    assert house.unexplained(found) == ["noun.py"]


def imported_distributions(paths):
    """Return what files import, at import or later, as names of distributions; modules of nobody keep their own."""
    found = set().union(*(imports_of(path)[1] for path in paths)) - set(sys.stdlib_module_names) - {"stablebert"}
    owners = packages_distributions()
    return {canonical(name) for module in found for name in owners.get(module, [module])}


def canonical(requirement):
    """Return the name of a requirement or a distribution, in one spelling."""
    return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")


def test_the_files_that_a_command_enters_are_seen_and_no_command_is_an_error(tmp_path):
    files = house.entered(["gate", "trec_debiased_3ep_minilm_fp32", "--store", str(tmp_path)])
    assert {"cli/gate.py", "project/project.py"} <= {*files}
    assert "cli/plan.py" not in files
    with pytest.raises(subprocess.CalledProcessError):
        house.entered(["none-of-them"])


def test_what_is_imported_is_declared_and_what_is_declared_is_imported(tmp_path):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {canonical(requirement) for requirement in project["dependencies"]}
    # what is had by an extra, which nothing else may need
    places = {"report": "report/page", "ray": "workers/ray_cluster.py", "slurm": "workers/slurm_cluster.py"}
    extras = [HOME / place for place in places.values()]
    imported = imported_distributions(
        path for path in HOME.rglob("*.py") if not any(path.is_relative_to(place) for place in extras)
    )
    assert imported - declared == set()
    assert declared - imported == USED_UNIMPORTED.keys()
    for (extra, _), place in zip(places.items(), extras, strict=True):
        there = {canonical(requirement) for requirement in project["optional-dependencies"][extra]}
        assert imported_distributions(place.rglob("*.py") if place.is_dir() else [place]) - declared == there
    # the control: an import inside a function, whose distribution has another name, and one that nobody has
    (tmp_path / "planted.py").write_text("import nowhere_to_be_had\n\n\ndef work():\n    import _pytest, yaml\n")
    assert imported_distributions([tmp_path / "planted.py"]) == {"pytest", "pyyaml", "nowhere-to-be-had"}


def test_a_wheel_carries_every_package_and_the_bench_with_its_baselines():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in HOME.rglob("__init__.py")}
    assert set(listed["packages"]) == found | {"stablebert._bench", "stablebert._baselines"}
    assert set(listed["package-dir"].values()) == {"bench", "baselines"}


def clashing(paths):
    """Return the file names that stand in more than one folder: pytest imports test modules by their bare name."""
    counts = Counter(path.name for path in paths)
    return sorted(name for name, count in counts.items() if count > 1)


def test_no_two_test_modules_have_one_name():
    assert clashing((ROOT / "tests").rglob("test_*.py")) == []
    assert clashing([Path("gate/test_policy.py"), Path("doors/test_policy.py")]) == ["test_policy.py"]
