"""What a session was started with, as the command that does it again."""

import os

import pytest

from stablebert.project.options import OPTIONS
from stablebert.report import command_line, gate_command

# what is done with a verdict does not change it, and what a budget leaves open depends on the clock
_NO_PART_OF_IT = ("report", "inconclusive", "accept", "why", "budget")


def command_of_gate(config: pytest.Config, nodeid: str, cell: str) -> str:
    """Return the command that judges a gate's cell again, ini files being the same, on any machine.

    Args:
        config: Of the session, or of one of its workers.
        nodeid: Of the gate's item.
        cell: Its cell id.
    """
    given = {option.name: config.getoption(option.key, None) for option in OPTIONS if option.name not in _NO_PART_OF_IT}
    # `auto` may choose another class elsewhere, under which no item has this id
    given["precision"] = cell.rpartition("_")[2]
    return gate_command(nodeid.split("::")[0], cell, given, os.environ)


def command_of_session(config: pytest.Config) -> str:
    """Return the command line of the session as it was given."""
    return command_line(["pytest", *map(str, config.invocation_params.args)], os.environ)
