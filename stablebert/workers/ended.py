"""What is said of a run that has ended, and what is kept of it: nothing that its record, which is stored, holds too."""

from collections.abc import Callable

from stablebert.runs import Record, RunSpec

Report = Callable[[RunSpec, Record | Exception], None]


def end_run(spec: RunSpec, outcome: Record | Exception, report: Report) -> Exception | None:
    """Report a run, and return what went wrong with it, or None where its record is in the store.

    The error comes without its traceback and causes, whose frames hold what has come back from the run: of many runs
    that cannot be stored, these would fill the memory as their records would.

    Args:
        spec: The run.
        outcome: What became of it.
        report: Called with both, the error still whole.

    Example:
        >>> end_run(RunSpec(task="trec"), ValueError("no room"), lambda spec, outcome: print(spec.task, outcome))
        trec no room
        ValueError('no room')
    """
    report(spec, outcome)
    if isinstance(outcome, Record):
        return None
    outcome.__cause__ = outcome.__context__ = None
    return outcome.with_traceback(None)
