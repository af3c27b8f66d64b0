"""The options of a pytest session: one group, one prefix, each with an ini key of the same name."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stablebert.gate.policy import Policy
from stablebert.project.against import replaced_fields
from stablebert.project.budget import seconds_of
from stablebert.project.methods import methods_of_others
from stablebert.project.policy import numbers, policy_of

PREFIX = "stablebert"
_POLICY = ("alpha", "looks", "futility", "anytime")


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        name: Without prefix, as in `--stablebert-NAME` and the ini key `stablebert_NAME`.
        default: Its default, as text; the empty string is none.
        help: One line; the default is added.
        kind: From text to value.
        flag: Whether it is a switch.
    """

    name: str
    default: str
    help: str
    kind: Any = str
    flag: bool = False

    @property
    def key(self) -> str:
        """The ini key."""
        return f"{PREFIX}_{self.name.replace('-', '_')}"


OPTIONS = (
    Option("profile", "mini", "mini: embedded encoder on a CPU; paper: BERT-large from the hub"),
    Option("all", "", "also train cells that are not gated; they end as 'measured, not gated'", flag=True),
    Option("seeds", "", "seeds a cell at the most; else as many as the policy's last look (20)", int),
    Option("seed-block", "0", "first seed", int),
    Option("model", "", "hub name or folder of an encoder to judge against the profile's baselines"),
    Option(
        "against",
        "",
        "cell, method, length or encoder whose baselines judge; else each cell's own, on the profile's encoder",
    ),
    Option("optimizer", "", "package.module:Class to judge in place of the method's optimizer"),
    Option("optimizer-args", "{}", "its keyword arguments as JSON"),
    Option("margin", "", "largest loss that does not matter, in points, in place of the frozen margins"),
    Option("alpha", "", "error of a PASS at the margin, one-sided, over all looks; else the policy's (0.05)", float),
    Option("looks", "", "seeds at each look, as in 5,10; one is a fixed number; else the policy's (5,10,15,20)"),
    Option("futility", "", "p-values at the first looks beyond which a cell stops undecided, as in .7,.5,.3"),
    Option("anytime", "", "look after every run from the third on, by e-values", flag=True),
    Option("budget", "", "time after which no look is begun, as in 90s, 20m, 2h"),
    Option(
        "precision",
        "auto",
        "fp32, bf16, fp16, or auto: that of the cell's baseline, or over a bridge bf16 where the processor has it",
    ),
    Option("fidelity", "corrected", "corrected, or released: with the quirks of the authors' code"),
    Option("inconclusive", "fail", "exit status of an INCONCLUSIVE session: fail or pass"),
    Option("store", "", "folder of the records; else $STABLEBERT_STORE, else .stablebert/runs in the root directory"),
    Option("baselines", "", "folder of the baselines; else baselines in the root directory, else those installed"),
    Option("report", "", "folder for the verdicts as JSON and Markdown"),
    Option("accept", "", "store the gated cells' runs as their baselines at the end; such a session fails", flag=True),
    Option("why", "", "the reason for it, for the ledger"),
)


@dataclass(frozen=True)
class Settings:
    """The options in force; attributes as in `OPTIONS`, None where an option is not given; and methods of others.

    `policy` holds `alpha`, `looks`, `futility` and `anytime`, with one cell; `budget` is in seconds.
    """

    profile: str
    all: bool
    seeds: int
    seed_block: int
    model: str | None
    against: str | None
    optimizer: str | None
    optimizer_args: str
    margin: float | None
    policy: Policy
    budget: float | None
    precision: str
    fidelity: str
    inconclusive: str
    store: Path
    baselines: tuple[Path, ...]
    report: Path | None
    methods: dict[str, str]
    accept: bool
    why: str


def add_options(parser: pytest.Parser) -> None:
    """Add the group of options and their ini keys."""
    group = parser.getgroup(PREFIX, "stablebert: fine-tuning runs and gates")
    for option in OPTIONS:
        text = f"{option.help} (default: {option.default or 'none'})"
        action = {"action": "store_true", "default": None} if option.flag else {"default": None, "metavar": "VALUE"}
        group.addoption(f"--{PREFIX}-{option.name}", dest=option.key, help=text, **action)
        parser.addini(option.key, f"default of --{PREFIX}-{option.name}", default=None)


def settings_of(config: pytest.Config) -> Settings:
    """Return the options in force: command line, else ini, else default.

    Raises:
        pytest.UsageError: a value is not one the option takes.
    """
    found: dict[str, Any] = {}
    for option in OPTIONS:
        given = config.getoption(option.key, None)
        text = given if given is not None else config.getini(option.key)
        text = option.default if text in (None, "") else text
        try:
            found[option.key.removeprefix(f"{PREFIX}_")] = _switch(text) if option.flag else _kind(option, text)
        except ValueError:
            raise pytest.UsageError(f"--{PREFIX}-{option.name} {text!r} is not a number") from None
    _check(found)
    root = config.rootpath
    from stablebert.project.folders import baseline_folders, store_folder

    policy = _policy(found, root)
    return Settings(
        **{
            **{name: value for name, value in found.items() if name not in _POLICY},
            "policy": policy,
            "seeds": found["seeds"] or policy.looks[-1],
            "budget": seconds_of(found["budget"]) if found["budget"] else None,
            "model": found["model"] or None,
            "against": found["against"] or None,
            "optimizer": found["optimizer"] or None,
            # one spelling of the same arguments, or equal runs would have different keys
            "optimizer_args": json.dumps(json.loads(found["optimizer_args"]), sort_keys=True, separators=(",", ":")),
            "margin": float(found["margin"]) if found["margin"] else None,
            "store": store_folder(found["store"], root),
            "baselines": baseline_folders(found["baselines"], root),
            "report": Path(found["report"]) if found["report"] else None,
            "methods": methods_of_others(config),
        }
    )


def _kind(option: Option, text: str) -> Any:
    return option.kind(text) if text or option.kind is str else None


def _policy(found: dict[str, Any], root: Path) -> Policy:
    try:
        return policy_of(
            root,
            {
                "alpha": found["alpha"],
                "looks": numbers(found["looks"], int) if found["looks"] else None,
                "futility": numbers(found["futility"], float) if found["futility"] else None,
                "anytime": found["anytime"] or None,
            },
        )
    except ValueError as error:
        given = ", ".join(f"--{PREFIX}-{name} {found[name]}" for name in _POLICY if found[name])
        raise pytest.UsageError(f"{error}{f' ({given})' if given else ''}") from error


def _switch(text: Any) -> bool:
    return text is True or str(text).lower() in ("1", "true", "yes", "on")


def _check(found: dict[str, Any]) -> None:
    choices = {
        "profile": ("mini", "paper"),
        "precision": ("auto", "fp32", "bf16", "fp16"),
        "fidelity": ("corrected", "released"),
        "inconclusive": ("fail", "pass"),
    }
    for name, known in choices.items():
        if found[name] not in known:
            raise pytest.UsageError(f"--{PREFIX}-{name} {found[name]!r}: choose from {', '.join(known)}")
    if (found["seeds"] is not None and found["seeds"] < 1) or found["seed_block"] < 0:
        raise pytest.UsageError(f"--{PREFIX}-seeds must be >= 1 and --{PREFIX}-seed-block >= 0")
    try:
        seconds_of(found["budget"] or "1s")
    except ValueError as error:
        raise pytest.UsageError(f"--{PREFIX}-budget {error}") from error
    if found["against"]:
        try:
            replaced_fields(found["against"])
        except ValueError as error:
            raise pytest.UsageError(f"--{PREFIX}-against {error}") from None
    if found["margin"] and not _is_positive(found["margin"]):
        raise pytest.UsageError(f"--{PREFIX}-margin {found['margin']!r} must be a number > 0, in points")
    if not _is_object(found["optimizer_args"]):
        raise pytest.UsageError(f"--{PREFIX}-optimizer-args {found['optimizer_args']!r} must be a JSON object")


def _is_positive(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
