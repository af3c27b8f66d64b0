"""What `--stablebert-against` names: a cell, or the encoder, length or method that judges in place of a cell's own."""

from typing import TYPE_CHECKING

from stablebert.paper import ENCODERS
from stablebert.runs import is_length

if TYPE_CHECKING:
    from stablebert.project.project import Project

_CELL = ("task", "method", "length", "encoder")


def judging_parts(project: "Project", text: str) -> dict[str, str]:
    """Return what the judging cell has in place of a cell's own, by the name of the part.

    Args:
        project: Whose tasks, methods and encoders are known.
        text: A cell id, or one of its parts.

    Raises:
        ValueError: it is none of these.
    """
    encoders = {**ENCODERS, **project.catalogue.encoders}
    if text in encoders:
        return {"encoder": text}
    if is_length(text):
        return {"length": text}
    try:
        if "_" in text:
            cell = project.cell_of(text)
            return {name: getattr(cell, name) for name in _CELL}
        project.check_method(text)
    except ValueError as error:
        known = ", ".join(encoders)
        raise ValueError(
            f"--stablebert-against {text!r} is no cell, encoder ({known}), length or method: {error}"
        ) from None
    return {"method": text}
