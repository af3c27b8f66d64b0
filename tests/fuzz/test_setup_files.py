"""What `stablebert doctor` is given: scripts, TrainingArguments and facts; and the paper's tables that it cites."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.baselines import BaselineError
from stablebert.doctor.diagnosis import diagnose
from stablebert.doctor.facts import FACTS, SetupError, given_facts
from stablebert.doctor.reading import read_setup
from stablebert.paper.claims import cited_lines
from stablebert.paper.own_recipes import with_own_recipe
from stablebert.paper.printed import printed_rows
from stablebert.paper.selected import stated_choices
from stablebert.runs import RunSpec
from tests.fuzz.mutations import data, files
from tests.fuzz.reading import answers, folder, put

__all__ = ["folder"]
REAL = Path(__file__).parents[2] / "baselines"
ARGUMENTS = {"output_dir": "out", "learning_rate": 2e-5, "max_steps": 96, "warmup_ratio": 0.1, "optim": "adamw_torch"}
FACTS_GIVEN = {"encoder": "minilm", "learning_rate": 2e-5, "updates": 96, "warmup": 0.1, "bias_correction": False}
SCRIPT = b"""
import torch
from transformers import Trainer, TrainingArguments, get_linear_schedule_with_warmup
EPOCHS = 3
steps = EPOCHS * 32
arguments = TrainingArguments(output_dir="out", learning_rate=2e-5, max_steps=steps, warmup_steps=0.1)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01)
schedule = get_linear_schedule_with_warmup(optimizer, int(0.1 * steps), num_training_steps=steps)
"""
TABLES = {
    "table1.csv": lambda home: printed_rows([home]),
    "table3.csv": lambda home: printed_rows([home]),
    "table7.csv": lambda home: printed_rows([home]),
    "claims.csv": lambda home: cited_lines([home]),
    "selected_values.csv": lambda home: stated_choices([home]),
    "table6.csv": lambda home: with_own_recipe(RunSpec(task="rte", encoder="xlnet-large", length="own"), [home]),
    "default_setup.csv": lambda home: diagnose(read_setup(put(home, "script.py", SCRIPT)), [home]),
}


@given(st.one_of(data(ARGUMENTS, FACTS_GIVEN).map(json.dumps).map(str.encode), files(json.dumps(ARGUMENTS).encode())))
def test_arguments(folder, content):
    answers(lambda: read_setup(put(folder, "arguments.json", content)), SetupError, of="arguments.json")


@given(files(SCRIPT))
def test_a_script(folder, content):
    answers(lambda: read_setup(put(folder, "script.py", content)), SetupError, of="script.py")


@given(st.sampled_from(FACTS), files(b"0.1", b"96", b"true", b"minilm"))
def test_a_fact(name, content):
    word = f"{name}={content.decode('utf-8', 'surrogateescape')}"
    answers(lambda: given_facts([word], "--fact"), SetupError, of=name)


@pytest.mark.parametrize("name", TABLES)
@given(drawn=st.data())
def test_a_table_of_the_paper(folder, name, drawn):
    home = folder / "baselines"
    for path in (REAL / "paper").glob("*.csv"):
        put(home, f"paper/{path.name}", path.read_bytes())
    put(home, f"paper/{name}", drawn.draw(files((REAL / "paper" / name).read_bytes())))
    answers(lambda: TABLES[name](home), ValueError, BaselineError, of="6" if name == "table6.csv" else name)


@pytest.mark.parametrize(
    "text",
    [
        "a0 = 2e-5\n"
        + "".join(f"a{n + 1} = a{n} + a{n}\n" for n in range(45))
        + "import torch\ntorch.optim.AdamW(model.parameters(), lr=a45)\n",
        "x = " + "(" * 150 + "1" + ")" * 150,
        "x = " + "-" * 50_000 + "1",
        "x" + ".a" * 20_000 + "()",
        "x = " + "+".join(["1"] * 20_000),
        "f" + "()" * 5_000,
        "updates = " + "9" * 5_000,
    ],
    ids=["doubled", "brackets", "signs", "attributes", "sum", "calls", "digits"],
)
def test_a_script_that_is_deep_or_doubles_ends(folder, text):
    answers(lambda: read_setup(put(folder, "deep.py", text.encode())), SetupError, of="deep.py")


@pytest.mark.parametrize("line", ["bert,all", "bert", "bert,all,a,b,c,d,e"])
def test_a_line_of_a_printed_table_that_is_cut_or_too_long_is_named(folder, line):
    text = (REAL / "paper" / "table6.csv").read_text(encoding="utf-8")
    put(folder, "cut/paper/table6.csv", f"{text}{line}\n".encode())
    with pytest.raises(ValueError, match="table6.csv is not the paper's table: .* line of 'bert' has more or fewer"):
        TABLES["table6.csv"](folder / "cut")


# a constant of any kind stands in any place of a script
CONSTANTS = ["[]", "None", "'x'", "{}", "(1,)", "True", "1e400", "-1", "1j", "b'a'", "...", "2**0.5", "1/0", "{[1]:2}"]
PLACES = [
    "torch.optim.AdamW(model.parameters(), lr=HERE, betas=HERE)",
    "torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=HERE)",
    "torch.optim.AdamW([{'params': model.parameters(), 'weight_decay': HERE}], lr=1)",
    "torch.optim.AdamW([{HERE: 3}], lr=1)",
    "transformers.get_linear_schedule_with_warmup(optimizer, HERE, num_training_steps=HERE)",
    "TrainingArguments(output_dir='o', learning_rate=HERE, warmup_ratio=HERE, max_steps=HERE, optim=HERE)",
    "TrainingArguments(output_dir='o', num_train_epochs=HERE, weight_decay=HERE, warmup_steps=HERE)",
    "AutoModel.from_pretrained(HERE)",
    "BertAdam(model.parameters(), lr=1, warmup=HERE, t_total=HERE)",
    "layerwise_lr_groups(model, HERE, HERE)",
]


@pytest.mark.parametrize("place", PLACES)
def test_a_constant_of_another_kind_is_not_known_or_named(folder, place):
    imports = "import torch, transformers\nfrom transformers import *\nfrom stablebert.optim import *\n"
    for constant in CONSTANTS:
        path = put(folder, "odd.py", f"{imports}{place.replace('HERE', constant)}\n".encode())
        answers(lambda path=path: diagnose(read_setup(path), [REAL]), SetupError, of="odd.py")
