"""The methods by name, in the paper's order, and from a method's text to its records."""

from stablebert.methods.added import added_methods, method_parameters
from stablebert.methods.base import Method
from stablebert.methods.bertadam import BertAdamMethod
from stablebert.methods.debiased import Debiased
from stablebert.methods.llrd import Llrd
from stablebert.methods.mixout import Mixout
from stablebert.methods.prior import Prior
from stablebert.methods.reinit import Reinit
from stablebert.methods.transfer import Transfer
from stablebert.methods.wdecay import Wdecay
from stablebert.paper import check_method
from stablebert.runs import parse_method

METHODS: dict[str, type[Method]] = {
    # Section 4
    "bertadam": BertAdamMethod,
    "debiased": Debiased,
    # Section 5
    "reinit": Reinit,
    # Section 7
    "llrd": Llrd,
    "mixout": Mixout,
    "wdecay": Wdecay,
    "prior": Prior,
    "transfer": Transfer,
}


def resolve(text: str, sources: str = "{}") -> tuple[Method, ...]:
    """Return the records that a method text names.

    Args:
        text: As in a run id, e.g. `reinit.blocks5`.
        sources: Methods of others as JSON, from name to `package.module:Class`.

    Raises:
        ValueError: a method or a parameter is unknown, one is outside its range, or two methods act at one place.

    Example:
        >>> resolve("reinit.blocks2")
        (Reinit(blocks=2),)
    """
    added = added_methods(sources)
    check_method(text, {name: method_parameters(kind) for name, kind in added.items()})
    known = METHODS | added
    return tuple(known[choice.name](**dict(choice.parameters)) for choice in parse_method(text))
