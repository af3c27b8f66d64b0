"""Another commit of a repository, checked out for a while beside it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stablebert.baselines.commit import run_git


def repository_of(folder: Path) -> Path:
    """Return the root of the git checkout that a folder lies in.

    Raises:
        ValueError: it lies in none, or there is no git.
    """
    return Path(_git(folder, "rev-parse", "--show-toplevel")).resolve()


def commit_of(repository: Path, ref: str) -> str:
    """Return the commit that a ref names, 40 hex digits.

    Raises:
        ValueError: it names none.
    """
    return _git(repository, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")


def is_changed(repository: Path) -> bool:
    """Return whether a checkout differs from its commit; files that git ignores do not count."""
    return bool(_git(repository, "status", "--porcelain", "--untracked-files=normal"))


@contextmanager
def checked_out(repository: Path, commit: str) -> Iterator[Path]:
    """Check a commit out in a temporary folder; it is gone afterwards, whatever happens in between.

    Args:
        repository: Root of a checkout.
        commit: What is wanted.

    Raises:
        ValueError: git cannot do it.
    """
    home = Path(tempfile.mkdtemp(prefix="stablebert-base-")).resolve()
    tree = home / repository.name
    try:
        _git(repository, "worktree", "add", "--quiet", "--detach", str(tree), commit)
        yield tree
    finally:
        # --force: runs leave byte code behind
        run_git(repository, "worktree", "remove", "--force", str(tree))
        shutil.rmtree(home, ignore_errors=True)
        _git(repository, "worktree", "prune")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = run_git(folder, *arguments)
    except FileNotFoundError:
        raise ValueError("there is no git here, and a base is a commit") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise ValueError(f"git {arguments[0]} in {folder}: {said[-1] if said else 'failed'}")
    return done.stdout.strip()
