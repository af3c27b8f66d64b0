"""Optimizers of torch, Schedule-Free and pytorch_optimizer pass the door, waive by name, or are refused in one sentence."""

import importlib
import inspect

import pytest
import torch

from stablebert.contract import LAWS, ContractError, Effort, Status, check_contract, load_subject
from stablebert.contract.known import KNOWN

FEW = Effort(examples=1)
LEAST = {"torch.optim": 13, "schedulefree": 6, "pytorch_optimizer": 60}


def optimizers_of(package):
    """Return the paths of a package's optimizers, none where it is not installed."""
    try:
        module = importlib.import_module(package)
    except ModuleNotFoundError:
        return []
    kinds = {name: kind for name, kind in vars(module).items() if isinstance(kind, type)}
    bases = (torch.optim.Optimizer, getattr(module, "BaseOptimizer", None))
    return sorted(
        f"{package}:{name}"
        for name, kind in kinds.items()
        if issubclass(kind, torch.optim.Optimizer) and kind not in bases and not inspect.isabstract(kind)
    )


def broken_by(path):
    """Return the sentence of a refusal, or what is broken."""
    try:
        subject = load_subject(path)
    except ContractError as error:
        return str(error)
    return [
        f"{path} breaks {each.law}: {each.detail}"
        for each in check_contract(subject, FEW)
        if each.status is Status.BROKEN
    ]


@pytest.mark.parametrize("package", LEAST)
# they warn of what is deprecated in them
@pytest.mark.filterwarnings("ignore")
def test_every_optimizer_of_a_known_package_passes_or_is_one_sentence(package):
    paths = optimizers_of(package)
    if not paths:
        pytest.skip(f"{package} is not installed: pip install {package}")
    found = {path: broken_by(path) for path in paths}
    refused = [text for text in found.values() if isinstance(text, str)]
    assert [text for text in refused if "\n" in text or len(text) > 300] == []
    assert [line for lines in found.values() if isinstance(lines, list) for line in lines] == []
    assert len(paths) - len(refused) >= LEAST[package]


def test_what_is_known_names_laws_and_gives_reasons():
    laws = {law.name for law in LAWS}
    waived = [(name, law, reason) for name, known in KNOWN.items() for law, reason in known.waives.items()]
    assert [each for each in waived if each[1] not in laws or not each[2].strip()] == []
    assert len(waived) > 20
