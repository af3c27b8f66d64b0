"""Floor 4: verdicts and accepted runs as tables for people and as data for programs."""

from stablebert.report.acceptance import proposal_lines, release_lines
from stablebert.report.accepted import accepted_cells, accepted_table
from stablebert.report.explained import explain, explained
from stablebert.report.files import append_summary, read_verdicts, write_report, write_verdicts
from stablebert.report.judged import SessionReport
from stablebert.report.markdown import to_markdown
from stablebert.report.notes import note_lines
from stablebert.report.properties import properties_of
from stablebert.report.tables import verdict_lines, verdict_table

__all__ = [
    "SessionReport",
    "accepted_cells",
    "accepted_table",
    "append_summary",
    "explain",
    "explained",
    "note_lines",
    "properties_of",
    "proposal_lines",
    "read_verdicts",
    "release_lines",
    "to_markdown",
    "verdict_lines",
    "verdict_table",
    "write_report",
    "write_verdicts",
]
