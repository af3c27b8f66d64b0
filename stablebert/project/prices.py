"""What runs cost in a project, by the runs of its store."""

from stablebert.analysis.cost import Prices
from stablebert.project.project import Project
from stablebert.records.provenance import code_digest
from stablebert.records.store import RunStore
from stablebert.records.store_errors import StoreError
from stablebert.records.stored_runs import StoredRun, stored_runs
from stablebert.runs import RunSpec


def prices_of(project: Project, each: float | None = None) -> Prices:
    """Return what runs cost: those that the store holds by the present code nothing, others what like ones have taken.

    A run tells its time whatever code has made it. A damaged record tells nothing, and whoever needs it says so.

    Args:
        project: Whose store, and whose baselines for the sizes of the paper's data sets.
        each: Seconds of any run, in place of those timed.

    Raises:
        ValueError: the sizes are in no folder of baselines.
    """
    held = stored_runs(RunStore(project.store), _pass_over)
    return Prices(_present(held), [(run.spec, run.seconds) for run in held], project.baselines, each)


def stored_specs(project: Project) -> list[RunSpec]:
    """Return every run that the store holds by the present code.

    Raises:
        StoreError: a record is damaged.
    """
    return _present(stored_runs(RunStore(project.store)))


def _present(held: list[StoredRun]) -> list[RunSpec]:
    code = code_digest()
    return [run.spec for run in held if run.code == code]


def _pass_over(error: StoreError) -> None:
    pass
