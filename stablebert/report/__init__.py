"""Floor 4: verdicts and accepted runs as tables for people and as data for programs."""

from stablebert.report.accepted import accepted_cells, accepted_table
from stablebert.report.tables import to_markdown, verdict_lines, verdict_table

__all__ = ["accepted_cells", "accepted_table", "to_markdown", "verdict_lines", "verdict_table"]
