"""Floor 4: verdicts as tables for people and as data for programs."""

from stablebert.report.tables import to_markdown, verdict_lines, verdict_table

__all__ = ["to_markdown", "verdict_lines", "verdict_table"]
