"""Floor 4: verdicts and accepted runs as tables for people and as data for programs."""

from stablebert.report.accepted import accepted_cells, accepted_table
from stablebert.report.explained import explain, explained
from stablebert.report.files import append_summary, read_verdicts, write_report, write_verdicts
from stablebert.report.judged import SessionReport
from stablebert.report.markdown import to_markdown
from stablebert.report.notes import acting_waivers, note_lines
from stablebert.report.properties import properties_of
from stablebert.report.reproducing import command_line, gate_command
from stablebert.report.tables import verdict_lines, verdict_table

__all__ = [
    "SessionReport",
    "accepted_cells",
    "accepted_table",
    "acting_waivers",
    "append_summary",
    "command_line",
    "explain",
    "explained",
    "gate_command",
    "note_lines",
    "properties_of",
    "read_verdicts",
    "to_markdown",
    "verdict_lines",
    "verdict_table",
    "write_report",
    "write_verdicts",
]
