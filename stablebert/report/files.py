"""A session's verdicts as files: JSON for programs, Markdown for a pull request."""

import json
from collections.abc import Sequence
from pathlib import Path

from stablebert.gate import Verdict
from stablebert.report.tables import to_markdown


def write_report(
    folder: Path, status: str, verdicts: Sequence[Verdict], contract: Sequence[dict[str, str]], notes: Sequence[str]
) -> None:
    """Write `verdicts.json` and `verdicts.md`.

    Args:
        folder: Where; made if it is not there.
        status: Of the session.
        verdicts: One a cell, and the pooled one.
        contract: Findings of the optimizer's contract as plain data.
        notes: What is to be read beside the table.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = [verdict.to_dict() for verdict in verdicts]
    data = {"session": status, "verdicts": found, "contract": list(contract), "notes": list(notes)}
    (folder / "verdicts.json").write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    below = "".join(f"- {note}\n" for note in notes)
    (folder / "verdicts.md").write_text(f"Session: **{status}**\n\n{to_markdown(verdicts)}{below}", encoding="utf-8")
