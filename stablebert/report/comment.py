"""A session as one comment on a change: the verdict first, the rest below a fold, harmless whatever it quotes."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stablebert.contract import Status as Finding
from stablebert.gate import Status, Verdict
from stablebert.report.contract import contract_lines
from stablebert.report.session import SessionReport, to_markdown
from stablebert.report.verdicts import said_of, shown_name

# what GitHub takes
MOST_CHARACTERS = 65_536
_MOST_LINES, _MOST_OF_ONE = 8, 400
_CUT = "\n*Cut here, since a comment holds no more. The summary of the job has the whole.*\n"
_WORST_FIRST = (Status.INVALID, Status.FAIL, Status.INCONCLUSIVE, Status.PASS)
# a backtick ends code, a `<` begins HTML and hides what follows it, a `|` ends a column
_REPLACED = str.maketrans({"`": "'", "<": "‹", "|": "¦"})
# mentions, entities that become one, numbers of issues, links and their definitions: a space of no width undoes them
_ACTING = re.compile(r"(?<![A-Za-z0-9])@|&|#(?=\d)|\](?=[(\[:]|$)")


@dataclass(frozen=True)
class Occasion:
    """The session that a comment speaks of.

    Attributes:
        place: What tells its comment from those of other sessions on the same change: workflow, job, arguments.
        command: As it was typed.
        exit_code: What it exited with, None where it did not come to that.
        commit: That was judged; the empty text where nobody knows.
        url: Of its log; likewise.
    """

    place: Sequence[str]
    command: str
    exit_code: int | None = None
    commit: str = ""
    url: str = ""

    @property
    def marker(self) -> str:
        """The first line of the comment, which nobody sees: by it the comment is found again."""
        digest = hashlib.sha256("\0".join(self.place).encode()).hexdigest()
        return f"<!-- stablebert:{digest[:16]} -->"


def comment_of(report: SessionReport, occasion: Occasion, *, most: int = MOST_CHARACTERS) -> str:
    """Return the comment as Markdown, of at most `most` characters.

    Args:
        report: What was judged.
        occasion: When and where.
        most: Characters; what is beyond is left out in whole lines, and folds and code are closed.

    Raises:
        ValueError: a verdict has a part that nobody knows.
    """
    shown = harmless(report)
    heading, _, rest = to_markdown(shown).partition("\n")
    lead = [f"- {line}" for line in _lead(shown, occasion)]
    fold = ["<details>", "<summary>All of it</summary>", rest.strip("\n"), "</details>"] if rest.strip() else []
    blocks = (f"{occasion.marker}\n{heading}", "\n".join(lead), _footing(occasion), "\n\n".join(fold))
    return cut("\n\n".join(filter(None, blocks)) + "\n", most)


def harmless(report: SessionReport) -> SessionReport:
    """Return a report whose texts, names of cells too, act as nothing but text in Markdown.

    Example:
        >>> harmless(SessionReport(Status.PASS, (), notes=["<b>`@all`"])).notes[0].replace(chr(0x200B), "~")
        "‹b>'@~all'"
    """
    verdicts = [Verdict.from_dict(_harmless(verdict.to_dict())) for verdict in report.verdicts]
    return SessionReport(report.status, verdicts, _harmless(list(report.contract)), _harmless(list(report.notes)))


def harmless_text(text: str) -> str:
    """Return one line that acts as nothing but text in Markdown, in code and outside."""
    printable = "".join(character if character.isprintable() else " " for character in text.translate(_REPLACED))
    return _ACTING.sub("\\g<0>\u200b", " ".join(printable.split()))


def cut(text: str, most: int) -> str:
    r"""Return Markdown of at most `most` characters: whole lines, what is open at the cut closed, and a word on it.

    Args:
        text: Markdown whose folds and fences of code stand in lines of their own.
        most: Characters, more than the word on the cut takes.

    Example:
        >>> cut("<details>\n" + "many words\n" * 20, 120).splitlines()[-3:]
        ['</details>', '', '*Cut here, since a comment holds no more. The summary of the job has the whole.*']
    """
    if len(text) <= most:
        return text
    kept, closing, length = [], "", 0
    folds, in_code = 0, False
    for line in text.splitlines(keepends=True):
        in_code ^= line.startswith("```")
        if not in_code:
            folds += (line == "<details>\n") - (line == "</details>\n")
        after = ("```\n" if in_code else "") + "\n</details>\n" * folds
        if length + len(line) + len(after) + len(_CUT) > most:
            break
        kept.append(line)
        length += len(line)
        closing = after
    return "".join((*kept, closing, _CUT))


def _lead(report: SessionReport, occasion: Occasion) -> list[str]:
    asked = [finding for finding in report.contract if finding["status"] != Finding.NOT_APPLICABLE]
    lines = [*_beside(report, occasion), *contract_lines(asked), *(() if report.verdicts else report.notes)]
    ordered = sorted(report.verdicts, key=lambda verdict: _WORST_FIRST.index(verdict.status))
    lines += [f"`{_short(shown_name(one))}`: **{one.status}**: {_short(said_of(one))}" for one in ordered]
    more = len(lines) - _MOST_LINES
    return lines if more <= 0 else [*lines[:_MOST_LINES], f"and {more} more below"]


def _beside(report: SessionReport, occasion: Occasion) -> Iterator[str]:
    if report.status is Status.PASS and occasion.exit_code:
        yield f"**but it exited with {occasion.exit_code}**: something beside the verdicts failed"


def _footing(occasion: Occasion) -> str:
    code = "" if occasion.exit_code is None else f" exited with {occasion.exit_code}"
    commit = f" at {harmless_text(occasion.commit)[:10]}" if occasion.commit else ""
    log = f" ([log]({occasion.url}))" if re.fullmatch(r"https?://[\w.:/-]+", occasion.url) else ""
    return f"`{_short(harmless_text(occasion.command))}`{code}{commit}{log}"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_OF_ONE else f"{text[: _MOST_OF_ONE - 1]}…"


def _harmless(data: Any) -> Any:
    if isinstance(data, str):
        return harmless_text(data)
    if isinstance(data, dict):
        return {name: _harmless(value) for name, value in data.items()}
    return [_harmless(value) for value in data] if isinstance(data, list | tuple) else data
