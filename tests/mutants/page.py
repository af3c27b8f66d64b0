"""docs/mutants.md: the figures by file, and every mutant that no test kills with why."""

from collections.abc import Sequence

from tests.mutants.results import LEAST, Mutant, counts_of
from tests.mutants.survivors import KINDS, Kind, kind_of

Survivor = tuple[Mutant, tuple[str, str]]
_HEAD = f"""# Mutants

`make mutants` changes the code that judges in small ways, one at a time (mutmut), and runs the tests of `tests/gate` and
`tests/stats` on each change: a mutant is killed if one of them fails. At least {100 * LEAST:.0f} % must be; those that
survive are listed here with the reason. The page is written by `python -m tests.mutants --write` after a run.
"""


def page(mutants: Sequence[Mutant], survivors: Sequence[Survivor]) -> str:
    """Return the page.

    Args:
        mutants: All of them.
        survivors: Those that are not killed, each with what it changes: before and after.
    """
    parts = [_HEAD, _table(mutants), "## Survivors\n"]
    for kind in (*KINDS, None):
        found = [one for one in survivors if kind_of(one[0], *one[1]) is kind]
        if found:
            parts.append(_section(kind, found))
    return "\n".join(parts)


def _table(mutants: Sequence[Mutant]) -> str:
    lines = ["| file | killed | of | % |", "|---|---|---|---|"]
    counts = counts_of(mutants)
    everywhere = tuple(map(sum, zip(*counts.values(), strict=True)))
    for path, (killed, every) in {**counts, "all": everywhere}.items():
        lines.append(f"| {path.removeprefix('stablebert/')} | {killed} | {every} | {100 * killed / every:.1f} |")
    return "\n".join([*lines, ""])


def _section(kind: Kind | None, found: Sequence[Survivor]) -> str:
    head = f"**{kind.name}** ({len(found)}): {kind.reason}" if kind else f"**Not explained** ({len(found)})"
    lines = [f"{head}\n"]
    for mutant, (before, after) in found:
        place = f"{mutant.path.removeprefix('stablebert/').removesuffix('.py')}, {mutant.function}"
        lines.append(f"- {place}: `{_differing(before, after)}` for `{_differing(after, before)}`")
    return "\n".join([*lines, ""])


def _differing(this: str, other: str) -> str:
    """Return the part of a line that another lacks, with a few signs on both sides."""
    first = next((place for place, (a, b) in enumerate(zip(this, other, strict=False)) if a != b), 0)
    same = next((place for place, (a, b) in enumerate(zip(this[::-1], other[::-1], strict=False)) if a != b), 0)
    start, end = max(0, first - 24), min(len(this), max(first, len(this) - same) + 16)
    return f"{'...' if start else ''}{this[start:end]}{'...' if end < len(this) else ''}".replace("|", "\\|")
