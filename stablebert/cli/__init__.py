"""The command door: one file a command."""

from stablebert.cli.commands import main as main
