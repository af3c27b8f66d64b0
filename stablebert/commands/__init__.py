"""One module a command: `add_arguments(parser)` and `work(arguments) -> exit status`."""

from types import ModuleType

from stablebert.commands import accept, doctor, expected, fetch, gate, listing, paper, run, search, store

COMMANDS: dict[str, ModuleType] = {
    "list": listing,
    "fetch": fetch,
    "run": run,
    "search": search,
    "gate": gate,
    "paper": paper,
    "expected": expected,
    "accept": accept,
    "doctor": doctor,
    "store": store,
}
