"""The methods by name, in the paper's order, and from a method's text to its records."""

from stablebert.methods.base import Method, MethodError
from stablebert.methods.bertadam import BertAdamMethod
from stablebert.methods.debiased import Debiased
from stablebert.methods.reinit import Reinit
from stablebert.paper import check_method
from stablebert.runs import parse_method

METHODS: dict[str, type[Method]] = {
    # Section 4
    "bertadam": BertAdamMethod,
    "debiased": Debiased,
    # Section 5
    "reinit": Reinit,
}


def resolve(text: str) -> tuple[Method, ...]:
    """Return the records that a method text names.

    Args:
        text: As in a run id, e.g. `reinit.blocks5`.

    Raises:
        ValueError: a method or a parameter is unknown, one is outside its range, or two methods act at one place.

    Example:
        >>> resolve("reinit.blocks2")
        (Reinit(blocks=2),)
    """
    check_method(text)
    methods = tuple(METHODS[choice.name](**dict(choice.parameters)) for choice in parse_method(text))
    for hook in ("change_model", "parameter_groups", "build_optimizer"):
        acting = [
            type(method).__name__ for method in methods if getattr(type(method), hook) is not getattr(Method, hook)
        ]
        if len(acting) > 1:
            raise MethodError(f"method {text!r}: {' and '.join(acting)} both act at {hook}; only one can")
    return methods
