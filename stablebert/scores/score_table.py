"""A table of anyone's runs: what each column may hold, and one clear error that names the row where it does not."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# further columns that the rule reads where they are there, as a baseline of this project has them
NUMBERS = ("validation", "last_validation", "best_step", "training_loss")
STREAMS = ("losses", "head", "order", "dropout", "reinit")
LEAST_RUNS = 3
_ALIASES = {"score": ("score", "test"), "loss": ("loss", "log_loss"), "failed_reason": ("failed_reason", "reason")}
_SEED = re.compile(r"s[0-9]{3,18}|i[0-9]{3,18}d[0-9]{3,18}")
_WHOLE = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


class TableError(ValueError):
    """A table of runs is none: the message names file, row and value, and what would be right."""


class RawRow(NamedTuple):
    """One row as a file has it.

    Attributes:
        place: File and row, as errors name it.
        values: Values by column; None where there is none.
    """

    place: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ScoreRow:
    """One run.

    Attributes:
        seed: `s007` or `i003d007`.
        score: In the table's own unit; NaN only where the run has failed.
        loss: Held-out loss, lower is better; None where the table has none.
        failed: Whether the run has failed.
        reason: Why, or the empty string.
        extras: Further columns by name.
    """

    seed: str
    score: float
    loss: float | None = None
    failed: bool = False
    reason: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def numbers(self) -> tuple[str, ...]:
        """What tells this run from others, NaN equal to NaN."""
        return repr(self.score), repr(self.loss), str(self.failed)


@dataclass(frozen=True)
class ScoreTable:
    """The runs of one side.

    Attributes:
        label: What verdicts call it.
        rows: One a seed, in the order of the table.
        columns: Those that the rule reads, by their usual names.
        ignored: The others.
        place: Its file, or what it came from.
    """

    label: str
    rows: tuple[ScoreRow, ...]
    columns: frozenset[str]
    ignored: tuple[str, ...] = ()
    place: str = ""

    @property
    def scores(self) -> list[float]:
        """Scores of the runs that have not failed, in the order of the table."""
        return [row.score for row in self.rows if not row.failed]

    @property
    def seeds_problem(self) -> str | None:
        """Why the runs do not look like one a seed, in words that go behind the side's name; None where they do.

        Runs that are all the same, or begin again after some of them and at least twice, were made by fewer seeds.
        """
        sound = [row.numbers for row in self.rows if not row.failed]
        for period in range(1, len(sound) // 3 + 1):
            if all(one == other for one, other in zip(sound, sound[period:], strict=False)):
                hint = "unless a column loss tells them apart"
                if period == 1:
                    return f"{len(sound)} runs all score {self.scores[0]:g}: the seed is ignored, {hint}"
                return f"{len(sound)} runs repeat after {period}: their seeds are reused, {hint}"
        return None

    def check_is_distribution(self) -> None:
        """Raise `TableError` where the runs are too few to be judged by."""
        count = len(self.rows)
        if count < LEAST_RUNS:
            raise TableError(
                f"{self.place} has {count} run{'' if count == 1 else 's'}; a baseline is a distribution, of at least "
                f"{LEAST_RUNS}"
            )


def table_of(
    label: str, rows: Sequence[RawRow], *, place: str = "", score: str | None = None, labels: bool = False
) -> ScoreTable:
    """Return the table of raw rows.

    Args:
        label: What verdicts call it.
        rows: `seed` and a score, and if known `loss`, `failed`, `failed_reason` and more; text is read as CSV has it.
        place: Where they come from, for errors about the whole.
        score: Name of the column of scores; None takes `score`, else `test`.
        labels: Whether seeds are mere labels, and runs count in the order of the rows.

    Raises:
        TableError: a column is missing, a value is not of its column's kind, or two rows have one seed.

    Example:
        >>> table_of("mine", [RawRow("row 1", {"seed": "3", "score": "90.5"})]).rows[0].seed
        's003'
    """
    place = place or label
    if not rows:
        raise TableError(f"{place} has no rows; it must have one a run")
    given = tuple(dict.fromkeys(name for row in rows for name in row.values))
    names = {usual: _found(usual, given) for usual in ("seed", "score", "loss", "failed", "failed_reason")}
    names["score"] = score if score in given else None if score else names["score"]
    for usual in ("seed", "score"):
        if names[usual] is None:
            wanted = score if usual == "score" and score else usual
            hint = "; --score NAME says which holds the scores" if usual == "score" else ""
            raise TableError(f"{place} has no column {wanted!r}; it has {', '.join(map(repr, given))}{hint}")
    if labels:
        seeds = _numbered(rows, str(names["seed"]))
    else:
        seeds = [_seed(row, row.values.get(str(names["seed"]))) for row in rows]
    _check_twice(rows, seeds)
    known = {name for name in names.values() if name}
    extras = [name for name in given if name not in known]
    found = tuple(_row(row, seed, names, extras) for row, seed in zip(rows, seeds, strict=True))
    read = {usual for usual, name in names.items() if name} | ({*NUMBERS, *STREAMS} & {*extras})
    ignored = tuple(name for name in extras if name not in read)
    return ScoreTable(label, found, frozenset(read), ignored, place)


def number_of(place: str, name: str, value: Any) -> float:
    """Return a number of a table.

    Raises:
        TableError: it is none: a text among numbers, a thousands separator, a truth value.

    Example:
        >>> number_of("runs.csv, line 2", "score", "9e1")
        90.0
    """
    if isinstance(value, str):
        text = value.strip()
        if _NUMBER.fullmatch(text):
            return float(text)
        hint = ", without separators and with a decimal point" if re.search(r"[0-9],[0-9]", text) else ""
        raise TableError(f"{place}: {name} is {value!r}; it must be a number such as 90.5{hint}")
    try:
        if hasattr(value, "__float__") and not isinstance(value, bool):
            return float(value)
    except (OverflowError, TypeError, ValueError, RuntimeError):
        # a whole number beyond every float, a number of two parts, a tensor of several elements
        pass
    raise TableError(f"{place}: {name} is {_short(value)}; it must be a number such as 90.5")


def _found(usual: str, given: Iterable[str]) -> str | None:
    return next((name for name in _ALIASES.get(usual, (usual,)) if name in {*given}), None)


def _row(row: RawRow, seed: str, names: Mapping[str, str | None], extras: Sequence[str]) -> ScoreRow:
    values = {usual: row.values.get(name) if name else None for usual, name in names.items()}
    failed = False if names["failed"] is None else _truth(row.place, values["failed"])
    given = values["score"]
    score = math.nan if given is None else number_of(row.place, str(names["score"]), given)
    if not failed and not math.isfinite(score):
        missing = "is missing" if given is None else f"is {score}"
        raise TableError(
            f"{row.place}: {names['score']} {missing}; a run that has failed says so in a column `failed` (true, false)"
        )
    loss = None
    if names["loss"] is not None:
        loss = math.nan if values["loss"] is None else number_of(row.place, str(names["loss"]), values["loss"])
        if not failed and values["loss"] is None:
            raise TableError(f"{row.place}: {names['loss']} is missing, and the run has not failed")
    further = {name: row.values.get(name) for name in extras}
    for name in {*NUMBERS} & {*extras}:
        further[name] = math.nan if further[name] is None else number_of(row.place, name, further[name])
    return ScoreRow(seed, score, loss, failed, str(values["failed_reason"] or ""), further)


def _seed(row: RawRow, value: Any) -> str:
    text = str(value).strip()
    if isinstance(value, float) and value.is_integer():
        text = str(int(value))
    if not isinstance(value, bool) and _WHOLE.fullmatch(text):
        return f"s{int(text):03d}"
    if isinstance(value, str) and _SEED.fullmatch(text):
        return text
    raise TableError(
        f"{row.place}: seed is {_short(value)}; it must be a whole number, such as 7; --labels takes any text for one"
    )


def _numbered(rows: Sequence[RawRow], name: str) -> list[str]:
    said = [str(row.values.get(name)).strip() for row in rows]
    _check_twice(rows, said)
    return [f"s{number:03d}" for number in range(len(rows))]


def _check_twice(rows: Sequence[RawRow], seeds: Sequence[str]) -> None:
    first: dict[str, str] = {}
    for row, seed in zip(rows, seeds, strict=True):
        if seed in first:
            raise TableError(f"{row.place}: seed {seed} stands there a second time, after {first[seed]}")
        first[seed] = row.place
    if len({seed[0] == "i" for seed in seeds}) > 1 and any(map(_SEED.fullmatch, seeds)):
        raise TableError(f"{rows[0].place}: seeds are of two kinds, such as s007 and i003d007; they must be of one")


def _truth(place: str, value: Any) -> bool:
    text = str(value).strip().lower()
    if isinstance(value, bool) or text in _TRUE or text in _FALSE:
        return value is True or text in _TRUE
    raise TableError(f"{place}: failed is {value!r}; it must be true or false")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
