import sys

import pytest

from stablebert.runs import RunSpec
from stablebert.store import code_digest, run_keys


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of an optimizer author on the path."""
    folder = tmp_path / "authors_optimizer"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "optim.py").write_text("RATE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    sys.modules.pop("authors_optimizer", None)


def fresh(optimizer=None):
    code_digest.cache_clear()
    return code_digest(optimizer)


def test_one_changed_line_in_a_users_package_is_other_code(package):
    before = fresh("authors_optimizer.optim:Class")
    assert fresh("authors_optimizer.optim:Class") == before != fresh()
    (package / "helper.py").write_text("X = 1\n")
    added = fresh("authors_optimizer.optim:Class")
    (package / "optim.py").write_text("RATE = 2\n")
    assert len({before, added, fresh("authors_optimizer.optim:Class")}) == 3


def test_a_changed_line_in_the_loop_is_other_code_and_one_in_the_report_is_not(tmp_path, monkeypatch):
    import shutil
    from pathlib import Path

    import stablebert

    copy = tmp_path / "stablebert"
    shutil.copytree(Path(stablebert.__file__).parent, copy)
    monkeypatch.setattr(stablebert, "__file__", str(copy / "__init__.py"))
    before = fresh()
    with (copy / "report" / "tables.py").open("a") as stream:
        stream.write("# changed\n")
    assert fresh() == before
    with (copy / "training" / "loop.py").open("a") as stream:
        stream.write("# changed\n")
    assert fresh() != before


def test_an_optimizer_whose_package_is_missing_is_named():
    with pytest.raises(ValueError, match="'no_such_package.optim:Class' does not import"):
        fresh("no_such_package.optim:Class")


def test_keys_need_no_torch(tiny_encoder, monkeypatch):
    monkeypatch.setattr("stablebert.store.provenance.task_digest", lambda task: "data")
    spec = RunSpec(task="trec", encoder="custom-000000", encoder_source=str(tiny_encoder))
    keys = [run_keys(spec), run_keys(spec.with_seed(1)), run_keys(spec)]
    assert keys[0] == keys[2]
    assert keys[0].cell == keys[1].cell
    assert keys[0].record != keys[1].record
