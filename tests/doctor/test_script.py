"""What a script states is read off it, and what it computes as it runs is not known; nothing of it runs."""

import math

import pytest

from stablebert.doctor import SetupError, diagnose
from tests.doctor.scripts import LOADING, LOOP
from tests.doctor.test_causes import BASELINES


def test_a_script_is_never_run(setup, tmp_path):
    text = f"{LOADING}\nopen({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit"
    assert setup(text).encoder == "bert-large-uncased"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("line", "corrected", "decays"),
    [
        ("from torch.optim import AdamW as A\nA(model.parameters(), lr=RATE)", True, True),
        ("torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0)", True, False),
        ("torch.optim.AdamW(params=model.parameters(), lr=RATE, weight_decay=decay)", True, None),
        ("import transformers\ntransformers.AdamW(model.parameters(), RATE, correct_bias=False)", False, False),
        (
            "from apex.optimizers import FusedAdam\nFusedAdam(model.parameters(), RATE, bias_correction=flag)",
            None,
            False,
        ),
        ("from pytorch_pretrained_bert import BertAdam\nBertAdam(model.parameters(), lr=RATE)", False, True),
        ("from stablebert.optim import BertAdam\nBertAdam(model.parameters(), lr=RATE)", False, False),
        ("torch.optim.SGD(model.parameters(), lr=RATE)", None, None),
    ],
)
def test_an_optimizer_says_its_bias_correction_rate_and_decay(setup, line, corrected, decays):
    found = setup(f"{LOADING}RATE = 2 * 10 ** -5\n{line}\n")
    assert found.learning_rate == pytest.approx(2e-5)
    assert (found.bias_correction, found.decays_normalisations) == (corrected, decays)


GROUPS = """
no_decay = {names}
groups = [
    {{"params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)], "weight_decay": 0.01}},
    {{"params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)], "weight_decay": 0.0}},
]
torch.optim.AdamW(groups, lr=2e-5)
"""


@pytest.mark.parametrize(
    ("names", "decays"),
    [('["bias", "LayerNorm.weight"]', False), ('["bias", "gamma", "beta"]', True), ("names_from(arguments)", None)],
)
def test_groups_spare_what_their_names_say(setup, names, decays):
    assert setup(LOADING + GROUPS.format(names=names)).decays_normalisations is decays


def test_groups_that_spare_normalisations_do_so_at_any_decay(setup):
    text = LOADING + GROUPS.format(names='["bias", "LayerNorm.weight"]').replace("0.01", "args.weight_decay")
    assert setup(text).decays_normalisations is False
    # the control
    assert setup(text.replace("LayerNorm", "gamma")).decays_normalisations is None


@pytest.mark.parametrize(
    "line", ["adjust_learning_rate(optimizer, epoch)", "group['lr'] = get_lr(step)", "anneal(optimizer)"]
)
def test_a_rate_that_is_set_by_hand_is_no_missing_warm_up(setup, line):
    optimizer = "optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)\n"
    assert setup(f"{LOADING}{optimizer}{line}\n{LOOP}").warmup is None
    # the control
    assert setup(f"{LOADING}{optimizer}{LOOP}").warmup == 0


def test_a_loop_that_trains_nothing_pretrained_is_not_asked_for_a_warm_up(setup):
    scratch = "import torch\noptimizer = torch.optim.SGD(net.parameters(), lr=0.1)\n"
    assert setup(scratch + LOOP).warmup is None


@pytest.mark.parametrize(
    ("line", "warmup", "end"),
    [
        ("transformers.get_linear_schedule_with_warmup(optimizer, 9, 3 * 32)", 9, 96),
        ("transformers.get_linear_schedule_with_warmup(optimizer, 0, num_training_steps=len(loader))", 0, None),
        ("transformers.get_scheduler('linear', optimizer, num_warmup_steps=9, num_training_steps=96)", 9, 96),
        ("transformers.get_constant_schedule(optimizer)", 0, math.inf),
        ("transformers.get_constant_schedule_with_warmup(optimizer, 9)", 9, math.inf),
        ("LambdaLR(optimizer, lambda step: linear_warmup_decay(step, 96, 9))", 9, 96),
        ("OneCycleLR(optimizer, scheduler_of_mine)", None, None),
        ("", 0, math.inf),
    ],
)
def test_a_schedule_says_its_warm_up_and_its_end(setup, line, warmup, end):
    optimizer = "optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)\n"
    schedule = f"scheduler = {line}\n" if line else ""
    found = setup(f"import transformers\n{LOADING}{optimizer}{schedule}model.train()\n{LOOP}")
    assert (found.warmup, found.schedule_updates) == (warmup, end)


EPOCHS = """
loader = DataLoader(texts, batch_size=32)
{total}
scheduler = transformers.get_linear_schedule_with_warmup(optimizer, 9, {end})
for epoch in range({epochs}):
    for step, batch in enumerate(tqdm({over})):
        model(**batch).loss.backward()
        optimizer.step()
"""


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({}, (1, 3)),
        ({"total": "total = len(loader)", "end": "total"}, (1, 3)),
        ({"total": "n = 4", "epochs": "n"}, (1, 4)),
        ({"epochs": "1"}, (1, 1)),
        ({"end": "len(loader) * 3"}, (None, None)),
        ({"epochs": "args.epochs"}, (None, None)),
        ({"over": "others"}, (None, None)),
    ],
)
def test_a_schedule_as_long_as_a_loader_ends_with_the_first_epoch(setup, given, seen):
    text = EPOCHS.format(**{"total": "", "end": "len(loader)", "epochs": "3", "over": "loader", **given})
    start = f"import transformers\nfrom tqdm import tqdm\n{LOADING}"
    found = setup(f"{start}optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)\n{text}")
    assert (found.schedule_epochs, found.epochs) == seen
    early = [one for one in diagnose(found, BASELINES).findings if one.cause.name == "schedule-ends-early"]
    assert bool(early) == (seen[0] is not None and seen[1] > 1)
    for one in early:
        assert (
            one.what == f"the rate is 0 from the end of epoch 1 on, and the run has {seen[1]}: the rest trains nothing"
        )
        assert one.seen[0].startswith("schedule_epochs 1 (line ")
        assert one.seen[0].endswith(": len(loader))")


def test_a_schedule_for_each_epoch_does_not_end_early(setup):
    text = EPOCHS.format(total="", end="len(loader)", epochs="3", over="loader")
    line = next(line for line in text.splitlines() if line.startswith("scheduler"))
    within = text.replace(f"{line}\n", "").replace("range(3):\n", f"range(3):\n    {line}\n")
    start = f"import transformers\nfrom tqdm import tqdm\n{LOADING}optimizer = torch.optim.AdamW(model.parameters(), 2e-5)\n"
    assert setup(start + within).schedule_epochs is None
    # the control
    assert setup(start + text).schedule_epochs == 1


def test_a_loop_without_train_has_no_dropout(setup):
    assert setup(LOADING + LOOP).dropout == 0.0
    assert setup(f"{LOADING}model.train()\n{LOOP}").dropout is None
    # without a loop of its own the Trainer sees to it
    assert setup(LOADING).dropout is None
    zero = "num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0"
    assert setup(LOADING.replace("num_labels=2", zero)).dropout == 0.0
    assert setup(f"{LOADING}from stablebert.methods import apply_mixout\napply_mixout(model, 0.5){LOOP}").mixout is True


REDRAWN = "from stablebert.methods import reinitialize\nreinitialize(model, blocks=2)\n"


@pytest.mark.parametrize(
    ("lines", "asked", "kept"),
    [
        ("", False, None),
        (REDRAWN, True, True),
        (f"{REDRAWN}optimizer.load_state_dict(saved)\n", True, True),
        (f"{REDRAWN}model.load_state_dict(torch.load('w.pt'))\n", True, False),
        (REDRAWN + LOADING, True, False),
        (f"{REDRAWN}def later():\n    model.load_state_dict(torch.load('w.pt'))\n", True, None),
        ("model.bert.encoder.layer[-1].apply(model._init_weights)\n", True, False),
        ("model.classifier.apply(init_mine)\n", False, None),
    ],
)
def test_re_init_is_kept_unless_weights_are_loaded_after_it(setup, lines, asked, kept):
    found = setup(LOADING + lines)
    assert (found.reinit, found.reinit_kept) == (asked, kept)


TRAINER = """
from transformers import Trainer, TrainingArguments
arguments = TrainingArguments(output_dir="out", max_steps=STEPS, learning_rate=3e-5, warmup_steps=warm)
Trainer(model=model, args=arguments{more}).train()
"""


def test_the_trainer_is_read_with_its_arguments(setup):
    found = setup(f"STEPS = 96\nwarm = 9\n{LOADING}{TRAINER.format(more='')}")
    assert (found.updates, found.warmup, found.learning_rate, found.bias_correction) == (96, 9, 3e-5, True)
    assert found.trains_everything is True
    # what is not a constant is not known, whatever its default
    assert setup(LOADING + TRAINER.format(more="")).warmup is None
    assert setup(LOADING + TRAINER.format(more="")).updates is None


def test_an_optimizer_that_the_trainer_is_given_is_its_own(setup):
    given = setup(f"STEPS = 96\nwarm = 9\n{LOADING}{TRAINER.format(more=', optimizers=pair')}")
    assert (given.bias_correction, given.warmup, given.schedule_updates, given.updates) == (None, None, None, 96)


def test_a_trainer_that_is_given_an_optimizer_alone_keeps_its_schedule(setup):
    given = setup(f"STEPS = 96\nwarm = 9\n{LOADING}{TRAINER.format(more=', optimizers=(optimizer, None)')}")
    assert (given.bias_correction, given.warmup, given.schedule_updates) == (None, 9, math.inf)
    # the control
    pair = setup(f"STEPS = 96\nwarm = 9\n{LOADING}{TRAINER.format(more=', optimizers=(optimizer, schedule)')}")
    assert (pair.warmup, pair.schedule_updates) == (None, None)


def test_arguments_of_another_library_have_other_defaults(setup):
    arguments = "from {} import TrainingArguments\nTrainingArguments(num_epochs=4, batch_size=16)\n"
    # SetFit's warms up over a tenth
    assert setup(LOADING + arguments.format("setfit")).warmup is None
    # the control
    assert setup(LOADING + arguments.format("transformers")).warmup == 0


def test_a_script_whose_arguments_are_parsed_says_where_they_are_said(setup):
    parsed = "from transformers import HfArgumentParser, TrainingArguments\nHfArgumentParser(TrainingArguments)\n"
    with pytest.raises(SetupError, match="its command line does, which a JSON file of TrainingArguments says too"):
        setup(parsed)
    with pytest.raises(SetupError, match="that is known here; --fact"):
        setup("print('hello')\n")


def test_what_prepare_does_is_known(setup):
    pair = "from stablebert.hf import prepare\npair = prepare(model, 'bertadam', total_steps=48).optimizers\n"
    found = setup(f"STEPS = 96\nwarm = 9\n{LOADING}{pair}{TRAINER.format(more=', optimizers=pair')}")
    assert (found.bias_correction, found.schedule_updates, found.updates, found.warmup) == (False, 48, 96, 0.1)
    other = pair.replace("bertadam", "reinit.blocks2+mixout")
    found = setup(LOADING + other)
    assert (found.bias_correction, found.reinit, found.reinit_kept, found.mixout) == (True, True, True, True)


def test_what_is_said_twice_differently_is_not_known(setup):
    twice = "torch.optim.AdamW(model.parameters(), lr=1e-5)\ntorch.optim.AdamW(model.parameters(), lr=2e-5)\n"
    found = setup(LOADING + twice)
    assert found.learning_rate is None
    assert "say it differently" in found.seen["learning_rate"]
    # the control: what both say stands
    assert found.bias_correction is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def broken(:", "is no Python"),
        ("x = " + "-" * 20_000 + "1", "is no Python"),
        ("# -*- coding: no-such -*-", "is no Python"),
        ("print('hello')\n", "says nothing of fine-tuning"),
        (
            "from stablebert.hf import prepare\nprepare(model, 'no method!', total_steps=9)\n",
            "train.py: method 'no method!'",
        ),
        (f"{LOADING}torch.optim.AdamW(model.parameters(), lr=-1)\n", "learning_rate is -1; it must be a number > 0"),
    ],
)
def test_what_is_no_set_up_is_one_clear_error(setup, text, message):
    with pytest.raises(SetupError, match=message):
        setup(text)


@pytest.mark.parametrize("value", ["10 ** 10 ** 10", "1 / 0", "x", "-'a'", "10 ** -400", "args.rate"])
def test_what_cannot_be_computed_is_not_known(setup, value):
    assert setup(f"{LOADING}x = {value}\ntorch.optim.AdamW(model.parameters(), lr=x)\n").learning_rate is None
