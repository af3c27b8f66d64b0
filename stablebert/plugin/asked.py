"""What a command line asks to be judged: without a path by the installed bench, and never in silence."""

import shlex
from collections.abc import Sequence

import pytest

from stablebert.plugin.selection import Selection
from stablebert.project.options import OPTIONS, PREFIX, Settings

# in a wheel and in a checkout
INSTALLED_BENCH = "stablebert._bench"
# these say which runs are made and where files lie; whoever gives any other wants a verdict
_FREE = (
    *("profile", "all", "seeds", "seed-block", "precision", "fidelity", "store", "baselines", "run-timeout"),
    *("engine", "address", "cpus", "gpus", "retries", "at-once", "engine-args"),
)
# these the fixture `seeds` of anyone's tests answers, too
_OF_ANYONE = ("accept", "why", "inconclusive", "margin", "alpha", "looks", "futility", "anytime", "shown")
_SHARED = frozenset(f"--{PREFIX}-{name}" for name in _OF_ANYONE)
_JUDGING = tuple(f"--{PREFIX}-{option.name}" for option in OPTIONS if option.name not in _FREE)


def judging_options(words: Sequence[str]) -> tuple[str, ...]:
    """Return the options among the words of a command line that ask for a verdict, each once.

    Those of ini files, `addopts` and `$PYTEST_ADDOPTS` are in force in every session, and ask none for anything.

    Args:
        words: What was typed.

    Example:
        >>> judging_options(["tests", "--stablebert-seeds=6", "--stablebert-model", "here", "--stablebert-alpha=.1"])
        ('--stablebert-model', '--stablebert-alpha')
    """
    return tuple(dict.fromkeys(name for word in words if (name := word.partition("=")[0]) in _JUDGING))


def take_installed_bench(config: pytest.Config) -> None:
    """Let a session that is asked for a verdict of a bench, and names no path, collect the installed one."""
    asked = judging_options(config.invocation_params.args)
    if not _SHARED.issuperset(asked) and config.args_source is not config.ArgsSource.ARGS:
        # as a package, since a virtual environment in the project would not be looked into
        config.option.pyargs = True
        config.args[:] = [INSTALLED_BENCH]
        config.args_source = config.ArgsSource.ARGS


def unanswered(config: pytest.Config, settings: Settings, selection: Selection) -> str | None:
    """Return why what was asked for would not be judged, or None.

    Args:
        config: Of the session.
        settings: The options in force.
        selection: What was collected.
    """
    # the contract alone is judged where its module alone was named
    contract_alone = settings.optimizer is not None and selection.laws and not selection.declared
    # runs that are to be measured are made, and the session says that it has no verdict
    measured = settings.all and selection.runs
    if selection.gates or contract_alone or measured:
        return None
    asked = judging_options(config.invocation_params.args)
    if selection.seeds and _SHARED.issuperset(asked):
        return None
    if not asked and selection.laws and settings.optimizer is not None:
        asked = (f"--{PREFIX}-optimizer",)
    if not asked:
        return None
    nothing = f"{' and '.join(asked)}: nothing would be judged"
    if not selection.declared:
        return (
            f"{nothing}: no gate was found where it was looked for; without a path the installed bench is taken, "
            f"whose name is `--pyargs {INSTALLED_BENCH}`"
        )
    given = (("-k", config.option.keyword), ("-m", config.option.markexpr))
    chosen = " and ".join(f"{flag} {shlex.quote(text)}" for flag, text in given if text) or "what is named"
    return "; ".join((f"{nothing}: {chosen} selects no gate of {selection.declared} cells", *selection.notes))
