"""The values that the paper says it has chosen, from `selected_values.csv`: nearly always it does not say."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from stablebert.paper.methods import canonical_method
from stablebert.paper.printed import METHODS
from stablebert.paper.printed_tables import table_lines
from stablebert.runs import MethodChoice, format_method

# the table's names of what a method text can say
_PARAMETERS = {
    "layers_L": "blocks",
    "initial_learning_rate": "lr",
    "layerwise_decay_rate": "decay",
    "mixout_probability_p": "p",
    "regularization_strength_lambda": "coefficient",
}
# set for one experiment, not chosen on validation
_NO_CHOICE = "fixed_for_this_experiment"


def stated_choices(folders: Sequence[Path]) -> dict[tuple[str, str, str], str]:
    """Return the method texts that the paper says it has chosen, by encoder, task and name of the method.

    Args:
        folders: `baselines` folders; the first that has the table is read. Without it nothing is stated.

    Raises:
        ValueError: a value is no number.

    Example:
        >>> stated_choices([Path("baselines")])
        {('bert-large', 'sst2-1k', 'reinit'): 'reinit.blocks2'}
    """
    path = next((path for folder in folders if (path := folder / "paper" / "selected_values.csv").is_file()), None)
    if path is None:
        return {}
    chosen: dict[tuple[str, str, str], dict[str, int | float]] = {}
    with table_lines(path) as lines:
        for line in lines:
            if line["value"] and line["status"] != _NO_CHOICE and line["parameter"] in _PARAMETERS:
                chosen.setdefault(_place_of(line), {})[_PARAMETERS[line["parameter"]]] = _number(line)
        return {
            place: canonical_method(format_method((MethodChoice(place[2], tuple(sorted(values.items()))),)))
            for place, values in chosen.items()
        }


def _place_of(line: Mapping[str, str]) -> tuple[str, str, str]:
    task = line["dataset"] + ("-1k" if line["train_size"] == "1k" else "")
    return f"{line['model']}-large", task, METHODS.get(line["method"], line["method"])


def _number(line: Mapping[str, str]) -> int | float:
    text = line["value"]
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        raise ValueError(
            f"the value of {line['parameter']} of {line['method']} on {line['dataset']} is "
            f"{text!r}; it must be a number"
        ) from None
