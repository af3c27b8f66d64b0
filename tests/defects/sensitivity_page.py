"""`docs/sensitivity.md`, whole: what was planted, how it was judged, and what the gate said."""

from collections.abc import Callable, Sequence

from stablebert.baselines import read_baseline
from stablebert.gate import Status
from stablebert.tables import markdown, number
from tests.defects.arms import ARMS, AWAITED, judged_arms
from tests.defects.kept_rows import rows_path
from tests.defects.planted_runs import MOST_SEEDS, TASKS
from tests.defects.sensitivity import ALWAYS_FAILS, COSTS_NOTHING, NEVER_PASSES, STAYS, Outcome
from tests.gate.power import ROOT, grid_policy

PAGE = ROOT / "docs" / "sensitivity.md"
_TEXT = """\
# What the gate sees

Changes that a training loop can have for years, planted one at a time in real runs of the default profile, and what the gate
said. Every run is one of `TASK_debiased_3ep_minilm_fp32` on a seed that no baseline has seen, judged against the accepted runs
of its cell:

{against}
The rule is that of `make bench`: a cell of its grid of {cells}, which share the alarms, at the looks {looks}; the first look
that decides is the verdict, and no arm goes beyond {most} seeds. `none` is the control: the same seeds without a change.

{planted}
{awaited}
*Loss* is the mean of the accepted runs minus that of the planted ones, in points and in standard deviations (sd) of the accepted
runs: above 0 is worse. *p* is that of a lower mean of the runs that have neither failed nor collapsed. *Log-loss* is how far the
held-out one lies above the accepted runs', in their sd (on `intensity` it is a squared error). A PASS says what it rules out.

{table}

## How to read it

What is asked of the gate: a loss of {never:g} sd or more never passes, one of {always:g} sd or more FAILs within {most} seeds, the control
passes, and so does what costs nothing: less than {nothing:g} sd, not shown at p = 0.05, with a log-loss within {stays:g} sd and no lost run.
A test holds the rows in git to it, and fails while an arm is open and has seeds left.

{reading}
A gate sees what a change does to scores, not what it is. What it lets pass here is the business of the identities: `make
kill-matrix` has every one of these changes by its number, and the tests that see it.

## Where the runs are from

The rows stand in `tests/defects/rows`, each file with the digest of its data and its cell's key; rows of other data than the
package's own are stale and an error. They were trained

{trained}
```console
$ python -m tests.defects.real_runs --store FOLDER            # trains what is missing, look by look
$ python -m tests.defects.real_runs --store FOLDER --collect  # takes the rows of what is decided
$ python -m tests.defects.real_runs --write                   # writes this page from the rows
```
"""


def page(found: Sequence[Outcome]) -> str:
    """Return the page that outcomes make, as from `sensitivity.outcomes`."""
    policy = grid_policy()
    return _TEXT.format(
        against="".join(_against(task, found) for task in TASKS),
        cells=policy.cells,
        looks=", ".join(map(str, policy.looks)),
        most=MOST_SEEDS,
        planted=_planted(),
        awaited=_awaited(),
        table=table(found),
        never=NEVER_PASSES,
        always=ALWAYS_FAILS,
        nothing=COSTS_NOTHING,
        stays=STAYS,
        reading=_reading(found),
        trained=_trained(),
    )


def table(found: Sequence[Outcome]) -> str:
    """Return the outcomes as a table in Markdown, without a last line break."""
    head = ("task", "planted", "verdict", "seeds", "loss", "in sd", "p", "log-loss", "lost runs", "decided by")
    lines = [head, *map(_line, found)]
    return markdown(lines, left=(0, 1, 2, -1))


def _line(outcome: Outcome) -> tuple[str, ...]:
    verdict = outcome.verdict
    p = "-" if verdict.p_inferior is None else f"{verdict.p_inferior:.1g}"
    return (
        f"`{outcome.task}`",
        f"`{outcome.arm}`",
        verdict.word,
        str(verdict.runs),
        number(outcome.loss, "+"),
        number(outcome.deviations, "+"),
        p,
        number(outcome.shift, "+"),
        f"{verdict.failed} of {verdict.runs}",
        verdict.decided_by if verdict.ruled_out is None else verdict.ruled_out.words(verdict.margin),
    )


def _against(task: str, found: Sequence[Outcome]) -> str:
    verdict = next(outcome.verdict for outcome in found if outcome.task == task)
    return (
        f"- `{task}`: {verdict.baseline_runs} runs, sd {number(verdict.baseline_sd)}, "
        f"margin {number(verdict.margin)} points\n"
    )


def _planted() -> str:
    lines = [("planted", "number", "what is wrong")]
    lines += [(f"`{name}`", arm.defect or "-", arm.what) for name, arm in ARMS.items() if name in judged_arms()]
    return markdown(lines, left=range(3))


def _awaited() -> str:
    if not AWAITED:
        return ""
    names = "".join(f"- `{name}` ({ARMS[name].defect}): {ARMS[name].what}\n" for name in AWAITED)
    return f"\nPlanned and not trained on the present data, so that nothing is said of them:\n\n{names}"


def _reading(found: Sequence[Outcome]) -> str:
    kinds: tuple[tuple[str, Callable[[Outcome], bool]], ...] = (
        ("Seen, and FAILed", lambda one: one.verdict.status is Status.FAIL),
        ("Not decided yet, and seeds are left", lambda one: one.is_open),
        (f"Not passed, after {MOST_SEEDS} seeds", lambda one: one.verdict.status is Status.INCONCLUSIVE),
        ("Passed, and the loss is said", lambda one: one.verdict.word != one.verdict.status),
        ("Passed, and cost nothing", lambda one: one.verdict.status is Status.PASS and one.costs_nothing),
        (
            "Passed, with a loss within the margin that these few runs do not show",
            lambda one: one.verdict.status is Status.PASS,
        ),
    )
    left, lines = list(found), []
    for words, belongs in kinds:
        here = [outcome for outcome in left if belongs(outcome)]
        left = [outcome for outcome in left if outcome not in here]
        if here:
            lines.append(f"- {words}: {', '.join(f'`{one.arm}` on `{one.task}`' for one in here)}.\n")
    return "".join(lines)


def _trained() -> str:
    made: dict[str, list[str]] = {}
    for task in TASKS:
        for arm in judged_arms():
            said = read_baseline(rows_path(arm, task)).header.get("trained", "")
            made.setdefault(said or "by code that the file does not name", []).append(f"`{arm}` on `{task}`")
    return "".join(f"- {words}: {', '.join(names)}\n" for words, names in made.items())
