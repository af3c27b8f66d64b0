"""The paper's cells as a list, and what a selection of them costs, for a terminal."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from stablebert.analysis.cost import FLOP_A_SECOND, TOKENS, Cost
from stablebert.bench import Place, module_of
from stablebert.paper import PrintedRow
from stablebert.project.marked import MarkedCell
from stablebert.tables import aligned

_CELLS = ("section", "method", "cell", "module", "shown in", "printed", "held")
_COSTS = ("section", "cells", "runs", "stored", "to make", "hours here")


def cell_lines(marked: Sequence[MarkedCell], held: Sequence[str]) -> list[str]:
    """Return one row a cell, the head first, and a line that counts them.

    Args:
        marked: The cells, at least one.
        held: What is accepted and stored of each, in words.
    """
    rows = [
        (
            one.declared.section,
            one.cell.method_id,
            f"{one.cell}{' (two seeds)' if one.declared.apart else ''}",
            module_of(one.declared.section),
            places_text(one.declared.places),
            "; ".join(map(target_text, one.targets)) or "-",
            there,
        )
        for one, there in zip(marked, held, strict=True)
    ]
    with_targets = [one for one in marked if one.targets]
    printed = sum(len(one.targets) for one in with_targets)
    bare = len(marked) - len(with_targets)
    runs = sum(len(one.runs) for one in marked)
    counted = f"{len(marked)} cells, {runs} runs; {printed} printed rows are targets of {len(with_targets)} cells"
    return [*aligned([_CELLS, *rows], left=range(len(_CELLS))), f"{counted}, {bare} cells have none"]


def places_text(places: Sequence[Place]) -> str:
    """Return where a cell is shown, counterparts in brackets.

    Example:
        >>> places_text([Place((("table", "1"),)), Place((("table", "2"),)), Place((("figure", "2"),), "counterpart")])
        'Table 1, 2; (Figure 2)'
    """
    numbers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for place in places:
        kind, number = str(place).split()
        numbers[place.mark, kind].append(number)
    texts = ((mark, f"{kind} {', '.join(found)}") for (mark, kind), found in numbers.items())
    return "; ".join(text if mark == "paper" else f"({text})" for mark, text in texts)


def target_text(row: PrintedRow) -> str:
    """Return a printed row in short."""
    return f"Table {row.table}{' dev' if row.score == 'validation' else ''} {row.mean:.1f} ± {row.sd:.1f}"


def cost_lines(
    costs: Sequence[Cost], total: Cost, unchosen: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> list[str]:
    """Return what a selection costs by section and together, and what the figures stand on.

    Args:
        costs: One a section, or a part of a study.
        total: Of all of them; a run or first stage that they share is paid once.
        unchosen: Searched methods of which no value is chosen, with the tasks.
    """
    on_gpu = total.gpu_seconds is not None
    head = (*_COSTS, "GPU hours") if on_gpu else _COSTS
    lines = aligned([head, *(_cost_row(cost, on_gpu=on_gpu) for cost in (*costs, total))])
    if total.first_stages:
        lines.append(f"runs to make include the first stages of transfer, {total.first_stages}, each once for all")
    if total.missing:
        lines.append(_here(total))
    if on_gpu and total.missing:
        lines.append(
            "GPU hours are counted, not measured: 6 operations a weight of the blocks and token trained, 2 evaluated, "
            f"{TOKENS} tokens an example (the released code pads to them; packed they are fewer) and "
            f"{FLOP_A_SECOND / 1e12:.0f} TFLOP/s, about what one data-centre GPU sustains in mixed precision"
        )
    if total.unchosen:
        lines.append(
            f"what 'long' means is not chosen for {total.unchosen} runs, which count as 3200 updates, the most of its "
            "search; `stablebert search --lengths` chooses it, at a cost of its own"
        )
    if unchosen and total.missing:
        tasks = sorted({task for found in unchosen.values() for task in found})
        lines.append(
            f"at their defaults, since no value is chosen: {', '.join(unchosen)}; `stablebert search --tasks "
            f"{' '.join(tasks)} --parameters {' '.join(unchosen)}` chooses, at a cost of its own, and moves the cells"
        )
    return lines


def _here(total: Cost) -> str:
    said = "hours here: of one process, by the seconds of stored runs of the cell, else of its task, encoder and class"
    if total.untimed == total.missing:
        return f"{said}; there are none, --seconds gives those of one run"
    return said + (f"; {total.untimed} runs have none and are not in it" if total.untimed else "")


def _cost_row(cost: Cost, *, on_gpu: bool) -> tuple[str, ...]:
    hours = "-" if cost.missing and cost.untimed == cost.missing else _hours(cost.seconds)
    counts = (cost.cells, cost.runs, cost.stored, cost.missing)
    gpu = (_hours(cost.gpu_seconds or 0.0),) if on_gpu else ()
    return (cost.label, *map(str, counts), hours, *gpu)


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:,.1f}"
