import subprocess

import pytest

import stablebert
from stablebert.baselines import BaselineError, acceptance, source_commit, uncommitted_changes
from stablebert.runs import RunSpec


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


def test_in_a_repository_of_ones_own_there_are_no_sources_of_the_package(checkout, monkeypatch):
    monkeypatch.setattr(acceptance, "HOME", checkout)
    spec, folder = RunSpec(task="trec"), checkout.parent / "baselines"
    acceptance._check_request(spec, set(range(20)), folder)
    # the control: in a checkout of the package they are looked at
    beside = checkout.parent / "stablebert"
    beside.mkdir()
    (beside / "__init__.py").write_text("")
    _git(checkout.parent, "add", "stablebert")
    with pytest.raises(BaselineError, match="uncommitted changes of the sources"):
        acceptance._check_request(spec, set(range(20)), folder)


def hidden_by_a_setting(checkout):
    (checkout / "new.py").write_text("")
    _git(checkout, "config", "status.showUntrackedFiles", "no")


def taken_as_unchanged(checkout):
    (checkout / "__init__.py").write_text("changed = True\n")
    _git(checkout, "update-index", "--assume-unchanged", "__init__.py")


def left_out_of_the_checkout(checkout):
    (checkout / "__init__.py").write_text("changed = True\n")
    _git(checkout, "update-index", "--skip-worktree", "__init__.py")


@pytest.mark.parametrize("hide", [hidden_by_a_setting, taken_as_unchanged, left_out_of_the_checkout])
def test_a_change_that_git_was_told_to_keep_to_itself_is_seen(checkout, hide):
    hide(checkout)
    assert _git(checkout, "status", "--porcelain") == "", "it hides nothing"
    assert ".py" in uncommitted_changes(checkout)


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_WORK_TREE"])
def test_it_is_the_folders_own_repository_that_is_asked(checkout, tmp_path_factory, monkeypatch, name):
    other = tmp_path_factory.mktemp("other")
    _git(other, "init", "-q")
    commit = _git(checkout, "rev-parse", "HEAD")
    (checkout / "__init__.py").write_text("changed = True\n")
    # as in a hook that git runs for another repository
    monkeypatch.setenv(name, str(other / ".git" if "DIR" in name else other / "index"))
    assert source_commit(checkout) == commit
    assert "__init__.py" in uncommitted_changes(checkout)
