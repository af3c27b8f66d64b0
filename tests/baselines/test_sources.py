import subprocess

import pytest

import stablebert
from stablebert.baselines import source_commit, uncommitted_changes


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A git checkout with a package in it, all committed."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "package"
    home.mkdir()
    (home / "__init__.py").write_text("")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first")
    return home


def _git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def test_a_committed_package_is_known_by_its_commit(checkout):
    assert source_commit(checkout) == _git(checkout, "rev-parse", "HEAD")
    assert uncommitted_changes(checkout) == ""


@pytest.mark.parametrize("name", ["__init__.py", "new.py"])
def test_a_changed_or_new_file_is_uncommitted(checkout, name):
    (checkout / name).write_text("changed = True\n")
    assert name in uncommitted_changes(checkout)


def test_a_change_beside_the_package_is_not_its_own(checkout):
    (checkout.parent / "other.py").write_text("")
    assert uncommitted_changes(checkout) == ""


def test_a_package_installed_below_a_checkout_is_known_by_its_version(checkout):
    installed = checkout.parent / "environment"
    installed.mkdir()
    (installed / "__init__.py").write_text("")
    assert source_commit(installed) == f"version {stablebert.__version__}"


def test_a_package_outside_git_is_known_by_its_version(tmp_path):
    assert source_commit(tmp_path) == f"version {stablebert.__version__}"
    assert uncommitted_changes(tmp_path) == ""
