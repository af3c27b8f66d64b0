"""Which commit the running package is, and whether its sources are as committed: what git says of a folder itself."""

import os
import subprocess
from pathlib import Path

import stablebert
from stablebert.baselines.csv_tables import BaselineError

HOME = Path(stablebert.__file__).parent
# as git sets them for its hooks: with them it answers of another repository than the folder's, or by another index
_ELSEWHERE = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX"),
)
# what a user's settings or a watching program would leave unsaid
_ALL = ("-c", "core.fsmonitor=false", "-c", "core.ignoreStat=false")
_STATUS = ("status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=none")


def source_commit(home: Path = HOME) -> str:
    """Return the commit that the package runs from; its version where it is not in a git checkout of its own.

    Args:
        home: Folder of the package.
    """
    # a package that is only installed below somebody's checkout is not tracked there
    if _git(home, "ls-files", "--error-unmatch", "__init__.py") is None:
        return f"version {stablebert.__version__}"
    return _git(home, "rev-parse", "HEAD") or f"version {stablebert.__version__}"


def uncommitted_changes(home: Path = HOME) -> str:
    """Return git's short status of what is tracked below a folder; empty where all is as committed, or none is tracked.

    Files that git was told to take as unchanged (`update-index --assume-unchanged`, `--skip-worktree`) are said, too:
    nobody knows of them.

    Args:
        home: Folder of the package, or another.

    Raises:
        BaselineError: it lies in a checkout, and git is not there or does not answer: nobody knows.
    """
    if _git(home, "rev-parse", "--is-inside-work-tree") is None and _is_in_checkout(home):
        raise BaselineError(
            f"git does not say whether {home} has uncommitted changes: {_complaint(home)}; where it is not yours, `git "
            "config --global --add safe.directory` lets it answer"
        )
    # what is only installed below somebody's checkout is no change of theirs
    if not _git(home, "ls-files", "--", "."):
        return ""
    changed = _git(home, *_STATUS, "--", ".") or ""
    flags = (_git(home, "ls-files", "-v", "--", ".") or "").splitlines()
    untold = [f"{line} (taken as unchanged)" for line in flags if line[0] == "S" or line[0].islower()]
    return "\n".join([*([changed] if changed else []), *untold])


def check_committed(what: str, *folders: Path) -> None:
    """Refuse what git does not have as it is.

    Args:
        what: What lies there, in words.
        folders: Where.

    Raises:
        BaselineError: something tracked below a folder has changed.
    """
    for folder in folders:
        changed = uncommitted_changes(folder)
        if changed:
            raise BaselineError(f"uncommitted changes of the {what}: commit them first\n{changed}")


def _is_in_checkout(folder: Path) -> bool:
    home = folder.resolve()
    return any((place / ".git").exists() for place in (home, *home.parents))


def run_git(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run git on the repository that a folder lies in, whatever else the environment says.

    Raises:
        OSError: there is no git.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    words = ["git", "-C", str(folder), *_ALL, *arguments]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def _complaint(folder: Path) -> str:
    try:
        done = run_git(folder, "rev-parse")
    except OSError:
        return "there is no git"
    return next(iter(done.stderr.strip().splitlines()), f"exit status {done.returncode}")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = run_git(folder, *arguments)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
