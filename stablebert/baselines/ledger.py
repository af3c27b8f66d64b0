"""The ledger of `baselines/`: one line for everything that was accepted, appended to and never edited."""

from datetime import date
from pathlib import Path

from stablebert.files import write_whole

LEDGER_TITLE = (
    "# Ledger of acceptances\n\nAppended to, never edited: one line an acceptance, before -> after, and why.\n\n"
)


def append_ledger(folder: Path, subject: str, what: str, why: str) -> None:
    """Add today's line to `LEDGER.md`.

    Args:
        folder: The `baselines` folder.
        subject: What it is about: a cell id, or a release.
        what: What has changed.
        why: The reason; line breaks become spaces.

    Raises:
        OSError: it cannot be written; what was there before still stands.
    """
    path = folder / "LEDGER.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else LEDGER_TITLE
    write_whole(path, f"{text}- {date.today().isoformat()} `{subject}`: {what} {' '.join(why.split())}\n")
