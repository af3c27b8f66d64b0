"""What each table and figure of the paper shows, as runs, and what the mini profile has in the place of some."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from stablebert.paper.methods import LONG_STEPS, SEARCH_SPACES, search_space

GLUE_SMALL = ("rte", "mrpc", "stsb", "cola")
GLUE_1K = ("rte-1k", "mrpc-1k", "stsb-1k", "cola-1k", "qnli-1k", "qqp-1k", "sst2-1k", "mnli-1k")
EMBEDDED = ("trec", "rotten", "sms", "intensity")
# those that train what nothing before them has trained: each has a module of the bench
SECTIONS = ("4", "5", "6", "7", "B", "C", "D", "F", "G", "H")


@dataclass(frozen=True)
class Exhibit:
    """One table or figure, or what an appendix trains without one: all its tasks x methods x lengths x encoders.

    Attributes:
        section: Section or appendix that has it, and that trains what nothing before it does.
        shows: `Table 1`, `Figure 2` or the like; empty where it has no number.
        tasks: Task ids.
        methods: Method texts, as they are.
        chosen: Names of methods at the value that was chosen for the task, by the paper or by a recorded search.
        lengths: Length ids.
        seeds: Runs a cell; None: as many as a session makes.
        encoders: Encoder ids; the empty text is the session's.
        other_class: Whether the runs are of the other precision class than the session's (see `stablebert.bench`).
        apart: Whether initialisation and data have seeds of their own: `seeds` of each, crossed.
        counterpart: Whether it is ours, in the place of the paper's.
    """

    section: str
    shows: str
    tasks: tuple[str, ...]
    methods: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    lengths: tuple[str, ...] = ("3ep",)
    seeds: int | None = 20
    encoders: tuple[str, ...] = ("",)
    other_class: bool = False
    apart: bool = False
    counterpart: bool = False

    def parts(self) -> Iterator[tuple[str, str, bool, str, str]]:
        """Yield task, method, whether that is a name whose value was chosen, length and encoder of each cell.

        Example:
            >>> list(Exhibit("5", "Figure 6", ("rte",), chosen=("reinit",)).parts())
            [('rte', 'reinit', True, '3ep', '')]
        """
        named = [(method, False) for method in self.methods] + [(method, True) for method in self.chosen]
        for task, (method, is_chosen), length, encoder in product(self.tasks, named, self.lengths, self.encoders):
            yield task, method, is_chosen, length, encoder


_ADAMS = ("bertadam", "debiased")
_REINIT = ("reinit",)
_SEARCHED = ("llrd", "mixout", "prior", "wdecay")
_GLUE = (*GLUE_SMALL, *GLUE_1K)
# three epochs of 1,000 examples are the 96 updates at which Figures 8 and 14 begin
_SWEEP = ("3ep", *(f"{steps}st" for steps in LONG_STEPS))
# Figures 5 and 13: no layer, the pooler alone, and every number of blocks that is searched
_BY_LAYERS = ("debiased", "reinit.blocks0", *search_space("reinit"))
# Figures 7 and 15 to 18
_DISTANCES = ("debiased", "reinit", "reinit.blocks3", "reinit.blocks6", "reinit.blocks10")
_OTHERS = ("roberta-large", "xlnet-large", "electra-large", "bart-large")
_SWEEP_SEEDS = 8

_OF_THE_PAPER = (
    Exhibit("4", "Figure 2", GLUE_SMALL, _ADAMS, seeds=50),
    Exhibit("4", "Figure 3", ("rte",), _ADAMS, seeds=50),
    Exhibit("4", "Figure 4", GLUE_SMALL, _ADAMS, seeds=50),
    Exhibit("5", "Table 1", _GLUE, ("debiased",), _REINIT),
    Exhibit("5", "Figure 5", ("rte", "mrpc"), _BY_LAYERS),
    Exhibit("5", "Figure 6", ("rte", "mrpc"), ("debiased",), _REINIT),
    Exhibit("5", "Figure 7", ("rte",), _DISTANCES),
    Exhibit("6", "Table 1", _GLUE, ("debiased",), _REINIT, ("long",)),
    Exhibit("6", "Figure 8", GLUE_1K[:4], ("debiased",), _REINIT, _SWEEP, _SWEEP_SEEDS),
    Exhibit("7", "Table 2", GLUE_SMALL, ("debiased", "transfer"), (*_SEARCHED, *_REINIT)),
    Exhibit("7", "Table 2", GLUE_SMALL, ("debiased",), lengths=("long",)),
    Exhibit("B", "Figure 9", ("rte",), ("debiased", "reinit.blocks5"), seeds=10, apart=True),
    Exhibit("B", "Figure 10", ("rte",), ("debiased", "reinit.blocks5"), seeds=10, apart=True),
    Exhibit("C", "Table 4", GLUE_SMALL, ("debiased",)),
    Exhibit("C", "Table 4", GLUE_SMALL, ("debiased",), other_class=True),
    Exhibit("D", "Table 5", ("mnli",), _ADAMS, seeds=3),
    Exhibit("E", "Figure 11", GLUE_SMALL, _ADAMS, seeds=50),
    Exhibit("E", "Figure 12", GLUE_SMALL, _ADAMS, seeds=50),
    Exhibit("F", "Figure 13", _GLUE, _BY_LAYERS),
    Exhibit("F", "Table 6", GLUE_SMALL, ("debiased",), _REINIT, ("own",), encoders=_OTHERS),
    Exhibit("F", "Table 7", GLUE_SMALL, ("debiased",), _REINIT, ("own",), encoders=_OTHERS),
    *(Exhibit("F", f"Figure {15 + place}", (task,), _DISTANCES) for place, task in enumerate(GLUE_SMALL)),
    Exhibit("G", "Figure 14", GLUE_1K[4:], ("debiased",), _REINIT, _SWEEP, _SWEEP_SEEDS),
    Exhibit("H", "", GLUE_SMALL, tuple(point for name in _SEARCHED for point in search_space(name))),
)
_GATED_1K = ("rte-1k", "mrpc-1k", "stsb-1k")
_COUNTERPARTS = (
    Exhibit("4", "Figure 2", (*EMBEDDED, *GLUE_1K), _ADAMS, seeds=None, counterpart=True),
    Exhibit("5", "Table 1", EMBEDDED, ("debiased",), _REINIT, seeds=None, counterpart=True),
    Exhibit("5", "Figure 5", EMBEDDED, _BY_LAYERS, seeds=None, counterpart=True),
    Exhibit("6", "Table 1", EMBEDDED, ("debiased",), _REINIT, ("long",), seeds=None, counterpart=True),
    Exhibit("6", "Figure 8", EMBEDDED, ("debiased",), _REINIT, _SWEEP, _SWEEP_SEEDS, counterpart=True),
    Exhibit(
        "7", "Table 2", (*EMBEDDED, *_GATED_1K), ("debiased",), (*_SEARCHED, *_REINIT), seeds=None, counterpart=True
    ),
    # the embedded encoder's intermediate task is one of the embedded, and is not its own target
    Exhibit("7", "Table 2", ("trec", "sms", "intensity", *_GATED_1K), ("transfer",), seeds=None, counterpart=True),
    Exhibit("7", "Table 2", (*EMBEDDED, *_GATED_1K), ("debiased",), lengths=("long",), seeds=None, counterpart=True),
    Exhibit("B", "Figure 9", ("trec",), ("debiased", "reinit"), seeds=5, apart=True, counterpart=True),
)
# the paper's first: what it trains in a later section has its place there
EXHIBITS = (*_OF_THE_PAPER, *_COUNTERPARTS)


def is_searched(method: str) -> bool:
    """Return whether the paper searches parameters of a method, so that a value of them can be chosen.

    Example:
        >>> [name for name in ("debiased", "reinit", "transfer") if is_searched(name)]
        ['reinit']
    """
    return method in SEARCH_SPACES
