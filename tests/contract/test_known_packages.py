"""Optimizers of the packages known here pass the door, waive by name, or are refused in one sentence."""

import pytest

from stablebert.contract import LAWS
from stablebert.contract.known import KNOWN
from tests.contract.sweep import LEAST, main, optimizers_of, pass_through


@pytest.mark.parametrize("package", LEAST)
# they warn of what is deprecated in them
@pytest.mark.filterwarnings("ignore")
def test_every_optimizer_of_a_known_package_passes_or_is_one_sentence(package):
    paths = optimizers_of(package)
    if not paths:
        pytest.skip(f"{package} is not installed: pip install {package.partition('.')[0]}")
    found = [pass_through(path) for path in paths]
    refused = [each.refusal for each in found if each.refusal]
    assert [text for text in refused if "\n" in text or len(text) > 300] == []
    assert [line for each in found for line in each.broken] == []
    assert len(paths) - len(refused) >= LEAST[package]


def test_a_sweep_says_what_is_accused_refused_and_passes(capsys, tmp_path):
    assert main(["tests.contract.planted.sizes:TwiceTheRate", "torch.optim:LBFGS", "torch.optim:SGD"]) == 1
    printed = capsys.readouterr().out
    assert "TwiceTheRate breaks constant-gradient-moves-one-rate" in printed
    assert "LBFGS refused" in printed
    assert "torch.optim:SGD passes trains" in printed
    assert "| torch.optim | 2 | 1 | 0 | 1 | 0 | 1 |" in printed


def test_what_is_known_names_laws_and_gives_reasons():
    laws = {law.name for law in LAWS}
    waived = [(name, law, reason) for name, known in KNOWN.items() for law, reason in known.waives.items()]
    assert [each for each in waived if each[1] not in laws or not each[2].strip()] == []
    assert len(waived) > 20
