"""One module a command: `add_arguments(parser)` and `work(arguments) -> exit status`."""

from types import ModuleType

from stablebert.commands import (
    accept,
    bridge,
    compare,
    doctor,
    expected,
    explain,
    fetch,
    gate,
    listing,
    paper,
    plan,
    release,
    run,
    search,
    store,
)

COMMANDS: dict[str, ModuleType] = {
    "list": listing,
    "fetch": fetch,
    "run": run,
    "search": search,
    "gate": gate,
    "explain": explain,
    "compare": compare,
    "paper": paper,
    "expected": expected,
    "accept": accept,
    "plan": plan,
    "release": release,
    "bridge": bridge,
    "doctor": doctor,
    "store": store,
}
