"""Which commit the running package is, and whether its sources are as committed."""

import subprocess
from pathlib import Path

import stablebert
from stablebert.baselines.csv_tables import BaselineError

HOME = Path(stablebert.__file__).parent


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
    return _git(home, "status", "--porcelain", "--", ".") or ""


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


def _complaint(folder: Path) -> str:
    try:
        done = subprocess.run(["git", "-C", str(folder), "rev-parse"], capture_output=True, text=True, check=False)
    except OSError:
        return "there is no git"
    return next(iter(done.stderr.strip().splitlines()), f"exit status {done.returncode}")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
