"""What the header of accepted and of collected runs says of them."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from stablebert.baselines.commit import source_commit
from stablebert.machine import device_type
from stablebert.records.provenance import Keys
from stablebert.runs import EnvironmentClass, Record, RunSpec


def facts_of(spec: RunSpec, keys: Keys, records: Sequence[Record]) -> dict[str, str]:
    """Return what decides runs beside their seeds, and by which commit they were made.

    Args:
        spec: Any of the runs.
        keys: Its keys.
        records: The runs, by the present code.
    """
    facts = {
        "cell": spec.cell.id,
        "metric": records[0].metric,
        "cell_key": keys.cell,
        "data": keys.data,
        "recipe": json.dumps(asdict(spec.recipe)),
        "fidelity": spec.fidelity,
        "environment_class": str(EnvironmentClass(device_type(), spec.precision)),
        "code": keys.code,
        "commit": source_commit(),
    }
    if spec.optimizer is not None:
        facts |= {"optimizer": spec.optimizer, "optimizer_arguments": spec.optimizer_arguments}
    return facts


def environments_of(records: Sequence[Record], before: Sequence[dict[str, str]] = ()) -> str:
    """Return the machines of runs, each once, as JSON.

    Args:
        records: The runs.
        before: Machines of others that stand beside them.
    """
    each = (*before, *(record.environment for record in records))
    return json.dumps(list({json.dumps(one, sort_keys=True): one for one in each}.values()))
