"""The options: declared once, each an option of pytest, an ini key, and an option of the commands that take it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stablebert.project.values import (
    amount_of,
    any_number,
    canonical_object,
    check_ini,
    choice_of,
    class_path,
    numbers_of,
    points_of,
    precision_or_auto,
    recipe_values,
    seconds_of,
    whole_number,
)
from stablebert.stats.looks import LOOKS, MOST

if TYPE_CHECKING:
    import pytest

PREFIX = "stablebert"
_FOLDERS = ("store", "baselines", "report")


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        name: Without prefix: `--stablebert-NAME` of pytest, `--NAME` of a command, ini key `stablebert_NAME`.
        default: Its default, as text; the empty string is none.
        help: One line; the default is added.
        read: From text to value; a ValueError says what would be right.
        flag: Whether it is a switch.
        again: Whether it may be given again; the texts are then one, with commas between them.
    """

    name: str
    default: str
    help: str
    read: Callable[[str], Any] = str
    flag: bool = False
    again: bool = False

    @property
    def key(self) -> str:
        """The ini key."""
        return f"{PREFIX}_{self.field}"

    @property
    def field(self) -> str:
        """The attribute of `Settings`."""
        return self.name.replace("-", "_")

    @property
    def text(self) -> str:
        """The help with the default."""
        return f"{self.help} (default: {self.default or 'none'})"

    @property
    def action(self) -> dict[str, Any]:
        """What a parser of command lines is told of it; not given, it is None."""
        if self.flag:
            return {"action": "store_true", "default": None}
        return {"action": "append" if self.again else "store", "metavar": "VALUE", "default": None}

    def given(self, value: Any) -> str | None:
        """Return what a parser has found as text, None where the option was not given."""
        if value in (None, "", False):
            return None
        return ",".join(value) if self.again and not isinstance(value, str) else str(value)


@dataclass(frozen=True)
class Settings:
    """The options in force; attributes as in `OPTIONS`, None where an option is not given and has no default.

    Attributes:
        given: The options given, on a command line or in an ini file, as text by name: what a command repeats.
        budget: In seconds.
        run_timeout: In seconds.
    """

    profile: str
    all: bool
    seeds: int | None
    seed_block: int
    seeds_of: str | None
    model: str | None
    recipe: tuple[tuple[str, Any], ...] | None
    against: str | None
    optimizer: str | None
    optimizer_args: str
    margin: float | None
    alpha: float | None
    looks: tuple[int, ...] | None
    futility: tuple[float, ...] | None
    anytime: bool
    shown: str | None
    expect: str | None
    budget: float | None
    run_timeout: float | None
    precision: str
    fidelity: str
    inconclusive: str
    store: str | None
    baselines: str | None
    report: Path | None
    accept: bool
    why: str | None
    engine: str
    address: str | None
    cpus: float
    gpus: float | None
    retries: int
    at_once: int
    engine_args: str
    given: Mapping[str, str]


OPTIONS = (
    Option(
        "profile", "mini", "mini: embedded encoder on a CPU; paper: BERT-large from the hub", choice_of("mini", "paper")
    ),
    Option("all", "", "also train cells that are not gated; they end as 'measured, not gated'", flag=True),
    Option(
        "seeds",
        "",
        f"seeds a cell at the most; else as many as the paper has of it, or the policy's last look ({LOOKS[-1]})",
        whole_number(1, MOST),
    ),
    Option("seed-block", "0", "first seed", whole_number(0)),
    Option(
        "seeds-of",
        "",
        "baseline: those of each cell's baseline, first to last, judged in pairs; else from the first seed on",
        choice_of("baseline"),
    ),
    Option("model", "", "hub name, folder or own name of an encoder to judge against the profile's baselines"),
    Option(
        "recipe",
        "",
        "NAME=VALUE, as in learning_rate=1e-4,batch_size=16, in place of the recorded recipe; may be given again",
        recipe_values,
        again=True,
    ),
    Option(
        "against",
        "",
        "cell, method, length or encoder whose baselines judge; else each cell's own, on the profile's encoder",
    ),
    Option("optimizer", "", "package.module:Class to judge in place of the method's optimizer", class_path),
    Option("optimizer-args", "{}", "its keyword arguments as JSON", canonical_object),
    Option("margin", "", "largest loss that does not matter, in points, in place of the frozen margins", points_of),
    Option(
        "alpha", "", "error of a PASS at the margin, one-sided, over all looks; else the policy's (0.05)", any_number
    ),
    Option(
        "looks",
        "",
        f"seeds at each look, as in 6,12; one is a fixed number; else the policy's ({','.join(map(str, LOOKS))})",
        numbers_of(int, "whole numbers"),
    ),
    Option(
        "futility",
        "",
        "p-values at the first looks beyond which a cell stops undecided, as in .7,.5,.3",
        numbers_of(float, "numbers"),
    ),
    Option("anytime", "", "look after every run from the first look on, to the last", flag=True),
    Option(
        "shown",
        "",
        "what a PASS is beside which a loss is shown: pass, and says so, or fail; else the policy's (pass)",
        choice_of("pass", "fail"),
    ),
    Option(
        "expect",
        "",
        "unchanged: train nothing but the first updates of each baseline's first seed, and say where they differ from "
        "what was accepted",
        choice_of("unchanged"),
    ),
    Option("budget", "", "time after which no look is begun, as in 90s, 20m, 2h", seconds_of),
    Option("run-timeout", "", "time that a run may take, as in 20m; beyond it the run is an error", seconds_of),
    Option(
        "precision",
        "auto",
        "fp32, bf16, fp16 (fp32x4: four seeds side by side), or auto: that of the cell's baseline, or over a bridge "
        "bf16 where the processor has it",
        precision_or_auto,
    ),
    Option(
        "fidelity",
        "corrected",
        "corrected, or released: with the quirks of the authors' code",
        choice_of("corrected", "released"),
    ),
    Option("inconclusive", "fail", "exit status of an INCONCLUSIVE session: fail or pass", choice_of("fail", "pass")),
    Option("store", "", "folder of the records; else $STABLEBERT_STORE, else .stablebert/runs in the root directory"),
    Option("baselines", "", "folder of the baselines; else baselines in the root directory, else those installed"),
    Option("report", "", "folder for the verdicts as JSON and Markdown, and for the page", Path),
    Option("accept", "", "store the gated cells' runs as their baselines at the end; such a session fails", flag=True),
    Option("why", "", "the reason for it, for the ledger"),
    Option(
        "engine", "local", "who makes runs: local, or a cluster of ray or slurm", choice_of("local", "ray", "slurm")
    ),
    Option(
        "address", "", "of the cluster: of Ray's head, else $RAY_ADDRESS; with slurm, local tries it on this machine"
    ),
    Option("cpus", "1", "CPUs that a run takes up on a cluster; it computes in one thread", amount_of),
    Option("gpus", "", "GPUs that a run takes up, on Ray by fractions; else 1 where runs train on cards", amount_of),
    Option("retries", "2", "how often a run that is lost with its machine is sent again", whole_number(0)),
    Option("at-once", "256", "runs that are sent to a cluster at a time at the most", whole_number(1, 4096)),
    Option("engine-args", "{}", "further arguments as JSON: of ray.init, of submitit's executor", canonical_object),
)
# what the seeds of each cell's own baseline cannot stand with, and why
_NOT_PAIRED = {
    "seed-block": "the seeds are the baseline's or begin at one that is given, not both",
    "model": "another encoder draws other random numbers, so that equal seeds are no pairs",
    "against": "a cell is paired with its own baseline alone",
    "accept": "a baseline needs fresh seeds",
}
# what leaves nothing to be expected of a cell, and why
_NOT_EXPECTED = {
    "seeds-of": "they are the baseline's own",
    "seed-block": "its seeds are the baseline's",
    "seeds": "its seeds are the baseline's",
    "model": "another encoder begins otherwise",
    "against": "a cell begins as its own baseline did",
    "all": "a cell without a baseline has no beginning",
    "accept": "it makes no whole run",
}
BY_NAME = {option.name: option for option in OPTIONS}


def options_in(config: "pytest.Config") -> tuple[dict[str, str], Settings]:
    """Return the options on a command line of pytest as text by name, and with ini keys and defaults those in force.

    Raises:
        ValueError: a value is not one that its option takes, or an ini key is that of no option.
    """
    check_ini(config, PREFIX, [option.key for option in OPTIONS])
    asked = {option.name: option.given(config.getoption(option.key, None)) for option in OPTIONS}
    given = {name: text for name, text in asked.items() if text is not None}
    texts = {option.name: given.get(option.name) or config.getini(option.key) for option in OPTIONS}
    # one session, one store: whatever the working directory is
    below = {name: str(config.rootpath / texts[name]) for name in _FOLDERS if texts[name]}
    return given, settings_of(texts | below)


def settings_of(given: Mapping[str, Any]) -> Settings:
    """Return the options in force.

    Args:
        given: Texts (switches: texts or booleans) by option name; what is None or empty is not given.

    Raises:
        ValueError: a value is not one that its option takes; the message names both.

    Example:
        >>> settings_of({"seeds": "5", "model": ""}).seeds
        5
    """
    there = {name: value for name, value in given.items() if value not in (None, "", False)}
    values = {option.field: _value(option, there.get(option.name)) for option in OPTIONS}
    texts = {option.name: str(there[option.name]) for option in OPTIONS if option.name in there}
    settings = Settings(**values, given=texts)
    _check_together(settings)
    return settings


def _check_together(settings: Settings) -> None:
    """Refuse options beside which the seeds of a baseline, or its beginnings, make no sense."""
    for name, value, others in (
        ("seeds-of", settings.seeds_of, _NOT_PAIRED),
        ("expect", settings.expect, _NOT_EXPECTED),
    ):
        for other, reason in others.items() if value is not None else ():
            # a first seed of 0 may be given too; a switch may be given as off
            if other in settings.given and getattr(settings, BY_NAME[other].field) is not False:
                raise ValueError(f"--{PREFIX}-{name} {value} cannot stand with --{PREFIX}-{other}: {reason}")


def _value(option: Option, given: Any) -> Any:
    if option.flag:
        return given is True or str(given).lower() in ("1", "true", "yes", "on")
    text = option.default if given is None else str(given)
    if not text:
        return None
    try:
        return option.read(text)
    except ValueError as error:
        raise ValueError(f"--{PREFIX}-{option.name} {text!r} {error}") from None
