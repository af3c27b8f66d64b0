"""Join the class of a cell's baseline to another, so that runs of that class may be judged: plan, run, record."""

import argparse

from stablebert.baselines import Bridge, in_class, plan_bridge, record_bridge
from stablebert.cli.arguments import FOLDERS, add_options, project_of
from stablebert.cli.exits import Exit
from stablebert.records import RunStore
from stablebert.runs import RunSpec


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("cell", metavar="CELL", help="cell id in the other class, e.g. trec_debiased_3ep_minilm_bf16")
    add_options(parser, *FOLDERS)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--plan", action="store_true", help="fix the number of seeds from pilot runs of both classes")
    how.add_argument("--why", metavar="TEXT", help="record the planned bridge, with this reason for the ledger")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="pilot seeds (default: 10)")
    parser.add_argument("--seed-block", type=int, default=200, metavar="N", help="first pilot seed (default: 200)")


def work(arguments: argparse.Namespace) -> int:
    """Print the plan and what is to be run, or the outcome; exit 0, or 1 where the bridge has failed."""
    project = project_of(arguments)
    store, folder = RunStore(project.store), project.home
    spec = project.spec(project.cell_of(arguments.cell))
    if arguments.plan:
        bridge = plan_bridge(spec, range(arguments.seed_block, arguments.seed_block + arguments.seeds), store, folder)
        print("\n".join([str(bridge), *_next(bridge, spec)]))
        return Exit.DONE
    bridge = record_bridge(spec, store, folder, arguments.why)
    print(bridge)
    return Exit.DONE if bridge.outcome == "passed" else Exit.FAIL


def _next(bridge: Bridge, spec: RunSpec) -> list[str]:
    cells = (in_class(spec, name).cell for name in (bridge.one, bridge.other))
    seeds = f"--seed-block {bridge.first_seed} --seeds {bridge.seeds}"
    runs = [f"  stablebert run {name} {seeds}" for name in cells]
    return ["next, exactly these runs:", *runs, f'  stablebert bridge {bridge.cell} --why "..."']
