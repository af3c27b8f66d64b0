"""Floor 4: verdicts and accepted runs as tables for people and as data for programs."""

from stablebert.report.accepted import accepted_cells, accepted_table
from stablebert.report.files import write_report
from stablebert.report.notes import acting_waivers, note_lines
from stablebert.report.tables import to_markdown, verdict_lines, verdict_table

__all__ = [
    "accepted_cells",
    "accepted_table",
    "acting_waivers",
    "note_lines",
    "to_markdown",
    "verdict_lines",
    "verdict_table",
    "write_report",
]
