"""A module of anyone's with a gate over its training function, and what a test plants in it."""

from tests.synthetic import wobble

MODULE = """
import json
import random
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def train(seed):
    with (HERE / "trained.txt").open("a") as stream:
        stream.write(f"{{seed}}\\n")
    plan = json.loads((HERE / "plan.json").read_text())
    if seed == plan.get("interrupted"):
        raise KeyboardInterrupt
    if seed in plan.get("raises", []):
        raise RuntimeError("diverged")
    if "returns" in plan:
        return plan["returns"]
    score = plan["scores"][seed] - plan.get("loss", 0.0)
    return float("nan") if seed in plan.get("nan", []) else score


{test}
"""
GATE = """
def test_it(seeds):
    seeds.noninferior(train, margin=1.0)
"""
SCORES = [0.9 + wobble(seed, 0.005) for seed in range(20)]
