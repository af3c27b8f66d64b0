"""One module a command: `add_arguments(parser)` and `work(arguments) -> exit status`."""

from types import ModuleType

from stablebert.commands import accept, doctor, fetch, gate, listing, run, search, store

COMMANDS: dict[str, ModuleType] = {
    "list": listing,
    "fetch": fetch,
    "run": run,
    "search": search,
    "gate": gate,
    "accept": accept,
    "doctor": doctor,
    "store": store,
}
