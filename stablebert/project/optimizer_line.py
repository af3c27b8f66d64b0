"""What is printed of an optimizer of others: its peak rate and whose it is, and all that nobody here sets."""

import inspect
import json
from typing import TYPE_CHECKING

from stablebert.baselines import optimizer_search, recorded_rate
from stablebert.project.recorded import rate_of

if TYPE_CHECKING:
    from stablebert.project.project import Project


def optimizer_line(project: "Project") -> str | None:
    """Return the line of the optimizer of others that is in force, None where there is none or it does not import.

    Its defaults differ between packages, the weight decay above all, and would else decide a verdict unseen.

    Args:
        project: Whose optimizer and recorded rates.
    """
    path, arguments = project.settings.optimizer, project.settings.optimizer_args
    if path is None:
        return None
    from stablebert.optim import OptimizerError, left_to_the_optimizer
    from stablebert.optim.driving import load_class

    try:
        kind = load_class(path)
        left = left_to_the_optimizer(kind, [], json.loads(arguments))
    except OptimizerError:
        # refused in its own words where it is used
        return None
    own = ", ".join(f"{name}={value!r}" for name, value in left.items() if value is not inspect.Parameter.empty)
    said = own or "nothing"
    return f"optimizer {path}: {_rate_words(project, path, arguments)}; its own, where no method sets it: {said}"


def _rate_words(project: "Project", path: str, arguments: str) -> str:
    from stablebert.optim import adapter_of
    from stablebert.optim.driving import load_class

    given = json.loads(arguments).get("lr")
    if given is not None:
        return f"peak rate {given:g} as given"
    found = recorded_rate(project.baselines, project.encoder, optimizer_search(path, arguments))
    if found is not None:
        return f"peak rate {found:g} as searched"
    own = adapter_of(load_class(path)).own_rate
    if own is not None:
        return f"peak rate {own:g}, its own"
    return f"peak rate {rate_of(project, project.encoder):g}, the recipe's: none is recorded for it"
