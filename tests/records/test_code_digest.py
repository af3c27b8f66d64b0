import importlib
import inspect
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

import stablebert
from stablebert.paper import fidelity_of, intermediate_run
from stablebert.records import RunStore, code_digest, provenance, run_keys
from stablebert.records.store import MARK
from stablebert.runs import RunSpec, digest_of
from tests.records import fake_runs
from tests.synthetic import synthetic_record
from tests.test_house import module_graph


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of somebody's with an optimizer, on the import path."""
    folder = tmp_path / "their_optimizers"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "fast.py").write_text("class Fast: pass\n")
    (folder / "kernel.bin").write_bytes(b"\x00\x01")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    return folder


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A copy of the package's sources that a test may change."""
    copy = tmp_path / "stablebert"
    shutil.copytree(Path(stablebert.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(stablebert, "__file__", str(copy / "__init__.py"))
    return copy


def _fresh_digest(*foreign):
    code_digest.cache_clear()
    try:
        return code_digest(*foreign)
    finally:
        code_digest.cache_clear()


@pytest.mark.parametrize(
    "place", ["runs/spec.py", "assets.py", "tasks/draws.py", "optim/bert_adam.py", "training/fast/native/rows.hpp"]
)
def test_one_line_in_any_part_of_a_run_moves_the_digest(home, place):
    assert (home / place).is_file()
    before = _fresh_digest()
    with (home / place).open("a") as stream:
        stream.write("# one more line\n")
    assert _fresh_digest() != before


@pytest.mark.parametrize("place", ["records/store.py", "workers/local.py", "plugin/hooks.py", "stats/means.py"])
def test_one_line_in_what_comes_after_a_run_does_not(home, place):
    assert (home / place).is_file()
    before = _fresh_digest()
    with (home / place).open("a") as stream:
        stream.write("# one more line\n")
    assert _fresh_digest() == before


# the writer of files decides nothing: what it keeps is checked; of the paper, `provenance` names the files that decide
UNDECIDED = {"stablebert.files", "stablebert.foreign", "stablebert.paper"}


def uncovered(floors):
    """Return the modules that a run imports and the digest does not know."""
    graph, seen, left = module_graph(Path(stablebert.__file__).parent), set(), ["stablebert.training.loop"]
    while left:
        seen.add(module := left.pop())
        left += graph[module] - seen
    places = {module: module.removeprefix("stablebert.").replace(".", "/") for module in seen}
    covered = [floor.removesuffix(".py") for floor in floors]
    return {name for name, place in places.items() if not any(f"{place}/".startswith(f"{one}/") for one in covered)}


def test_all_that_a_run_imports_is_in_the_digest():
    home = Path(stablebert.__file__).parent
    assert [floor for floor in provenance._FLOORS if not (home / floor).exists()] == []
    deciding = {Path(inspect.getfile(one)).relative_to(home).as_posix() for one in (intermediate_run, fidelity_of)}
    assert deciding <= set(provenance._FLOORS)
    assert uncovered(provenance._FLOORS) == UNDECIDED
    left_out = [floor for floor in provenance._FLOORS if floor != "encoders"]
    assert "stablebert.encoders.model" in uncovered(left_out)


def test_another_torch_moves_the_digest(monkeypatch):
    before = _fresh_digest()
    monkeypatch.setattr(provenance, "version", lambda name: "0.0")
    assert _fresh_digest() != before


def test_a_compiled_file_of_an_optimizers_package_moves_the_digest_and_a_cache_does_not(package):
    before = _fresh_digest("their_optimizers.fast:Fast")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "fast.pyc").write_bytes(b"x")
    assert _fresh_digest("their_optimizers.fast:Fast") == before
    (package / "kernel.bin").write_bytes(b"\x00\x02")
    assert _fresh_digest("their_optimizers.fast:Fast") != before


@pytest.mark.parametrize("left", ["train.log", "run.lock", "notes.tmp", "logs/events.out.tfevents.1.host"])
def test_what_a_session_leaves_below_a_package_moves_nothing(left, package):
    before = _fresh_digest("their_optimizers.fast:Fast")
    (package / left).parent.mkdir(exist_ok=True)
    (package / left).write_text("step 1")
    RunStore(package / "runs").publish(digest_of("a run"), synthetic_record(RunSpec(task="trec"), 90.0))
    assert _fresh_digest("their_optimizers.fast:Fast") == before
    # the control: without its mark a store is a folder like any other
    (package / "runs" / MARK).unlink()
    assert _fresh_digest("their_optimizers.fast:Fast") != before


def test_an_optimizer_in_an_archive_is_known_by_the_archive(tmp_path, monkeypatch):
    def packed(text):
        with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
            archive.writestr("their_packed/__init__.py", "")
            archive.writestr("their_packed/fast.py", text)
        importlib.invalidate_caches()
        sys.path_importer_cache.clear()
        return _fresh_digest("their_packed.fast:Fast")

    monkeypatch.syspath_prepend(str(tmp_path / "packed.zip"))
    before = packed("class Fast: pass\n")
    assert packed("class Fast: pass\n# and a line more\n") != before


def test_an_optimizer_of_torch_is_known_by_its_version():
    assert _fresh_digest("torch.optim:Adam") == _fresh_digest()


@pytest.mark.parametrize(
    ("library", "decides"), [("torch", True), ("transformers", True), ("tokenizers", True), ("pytest", False)]
)
def test_another_version_of_what_computes_moves_the_digest(monkeypatch, library, decides):
    before, version = _fresh_digest(), provenance.version
    monkeypatch.setattr(provenance, "version", lambda name: f"{version(name)}{'.1' if name == library else ''}")
    assert (_fresh_digest() != before) is decides


@pytest.mark.parametrize("path", [":Adam", "sys:Adam"])
def test_an_optimizer_without_package_is_named(path):
    with pytest.raises(ValueError, match=f"'{path}' does not import"):
        _fresh_digest(path)


@pytest.fixture
def subclass(package, tmp_path):
    """An optimizer whose base class is installed, with a helper beside its package, which has a helper of its own."""
    (package / "fast.py").write_text("import one_helper, their_base.adam as base\nclass Fast(base.Base): pass\n")
    (tmp_path / "one_helper.py").write_text("def late():\n    from more_helpers import rates\n")
    (tmp_path / "more_helpers").mkdir()
    (tmp_path / "more_helpers" / "rates.py").write_text("")
    (tmp_path / "unrelated.py").write_text("")
    installed = tmp_path / "site-packages"
    for name in ("their_base", "their_numbers"):
        (installed / name).mkdir(parents=True)
        (installed / name / "__init__.py").write_text("")
        facts = installed / f"{name}-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (facts / "top_level.txt").write_text(f"{name}\n")
    (installed / "their_base" / "adam.py").write_text("import their_numbers\nclass Base: pass\n")
    return tmp_path


@pytest.fixture
def installed(subclass, monkeypatch):
    monkeypatch.syspath_prepend(str(subclass / "site-packages"))
    importlib.invalidate_caches()
    return subclass


def test_naming_a_run_imports_nothing_of_others(package):
    (package / "fast.py").write_text("raise SystemExit('imported')\n")
    assert _fresh_digest("their_optimizers.fast:Fast")


@pytest.mark.parametrize(
    ("place", "moves"),
    [
        ("their_optimizers/fast.py", True),
        ("site-packages/their_base/adam.py", True),
        ("one_helper.py", True),
        ("more_helpers/rates.py", True),
        ("site-packages/their_base-1.0.dist-info/METADATA", True),
        ("site-packages/their_numbers-1.0.dist-info/METADATA", True),
        # no class of theirs inherits from it: it is known by its version
        ("site-packages/their_numbers/__init__.py", False),
        ("unrelated.py", False),
        ("their_optimizers/.cache", False),
    ],
)
def test_the_digest_of_an_optimizer_covers_its_bases_its_helpers_and_versions(installed, place, moves):
    before = _fresh_digest("their_optimizers.fast:Fast")
    assert _fresh_digest("their_optimizers.fast:Fast") == before
    path = installed / place
    path.write_text((path.read_text() if path.exists() else "").replace("Version: 1.0", "Version: 1.1") + "\n")
    assert (_fresh_digest("their_optimizers.fast:Fast") != before) == moves


def test_other_weights_are_another_cell(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    keys = run_keys(spec)
    (tmp_path / "encoder" / "model.safetensors").write_bytes(b"other weights")
    assert run_keys(spec).cell != keys.cell


def test_a_changed_line_of_a_method_of_others_trains_anew(package, tmp_path, monkeypatch):
    spec = replace(
        fake_runs.set_up(tmp_path / "sources", monkeypatch), method_sources='{"fast":"their_optimizers.fast:Fast"}'
    )
    keys = []
    for text in ("class Fast: pass\n", "class Fast: quick = True\n"):
        (package / "fast.py").write_text(text)
        code_digest.cache_clear()
        keys.append(run_keys(spec))
    assert keys[0].record != keys[1].record
    assert keys[0].cell == keys[1].cell
    # another class of the same file is another method
    other = replace(spec, method_sources='{"fast":"their_optimizers.fast:Faster"}')
    assert run_keys(other).record != keys[1].record
    assert run_keys(other).code == keys[1].code


def test_a_file_that_pythons_parser_cannot_hold_is_known_by_its_bytes(package):
    deep = package / "deep.py"
    deep.write_text("x = " + "-" * 20_000 + "1")
    before = code_digest.__wrapped__("their_optimizers.fast:Fast")
    deep.write_text("x = " + "+".join(["1"] * 20_000))
    assert code_digest.__wrapped__("their_optimizers.fast:Fast") != before
