"""Every family, by a tiny model of its own: what it computes is what transformers does, and what methods touch."""

import re

import pytest
import torch
from torch import nn

from stablebert import train
from stablebert.encoders.family import FAMILIES
from stablebert.encoders.model import Classifier, load_encoder
from stablebert.encoders.parts import find_encoder, parameter_blocks, pretrained_values
from stablebert.hf import prepare
from stablebert.methods import MethodError, layerwise_lr_groups, reinitialize
from stablebert.runs import Recipe, RunSpec
from stablebert.training.examples import Encoding
from stablebert.training.forward import padded_logits
from tests.encoders.tiny_families import TINY, tiny_model, write_family
from tests.methods.settings import TRAINER_TEXTS
from tests.tiny import tiny_task

LENGTHS = (9, 3, 17, 5)
TEXTS = [
    Encoding((2, *range(5, 3 + length), 3), (0,) * (length // 2) + (0,) * (length - length // 2), 0)
    for length in LENGTHS
]
EVERY = sorted(TINY)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {name: write_family(tmp_path_factory.mktemp(name), name) for name in EVERY}


def loaded(folder, dropout=0.0):
    return load_encoder("tiny", source=str(folder), dropout=dropout)


def classifier(folder):
    return Classifier(loaded(folder), 2, 0.0, torch.Generator().manual_seed(0)).eval()


def values(model):
    return {name: tensor.detach().clone() for name, tensor in model.named_parameters()}


def changed(model, before):
    return [name for name, tensor in model.named_parameters() if not torch.equal(tensor, before[name])]


def test_every_family_is_tested():
    assert set(FAMILIES) < set(TINY)


@pytest.mark.parametrize("name", FAMILIES)
def test_logits_are_those_of_transformers_own_model(folders, name):
    mine, theirs = classifier(folders[name]), tiny_model(name)
    for here, there in TINY[name].head.items():
        mine.get_submodule(here).load_state_dict(theirs.get_submodule(there).state_dict())
    ids = torch.tensor([(2, *range(5, 12), 3), (2, *range(20, 13, -1), 3)])
    with torch.no_grad():
        found, expected = mine(input_ids=ids), theirs(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("padding", ["[PAD]", "[MASK]"])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", EVERY)
def test_the_logits_of_a_text_do_not_depend_on_its_batch(folders, name, side, padding):
    encoder, model = loaded(folders[name]), classifier(folders[name])
    encoder.tokenizer.padding_side, encoder.tokenizer.pad_token = side, padding
    forward = padded_logits(encoder.tokenizer)
    with torch.no_grad():
        together = forward(model, TEXTS)
        alone = torch.cat([forward(model, [text]) for text in TEXTS])
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(together[0], together[2])


@pytest.mark.parametrize("name", EVERY)
def test_every_parameter_is_in_one_block(folders, name):
    model = classifier(folders[name])
    found = parameter_blocks(model)
    assert sorted(one for names in found.values() for one in names) == sorted(dict(model.named_parameters()))
    blocks = [block for block in found if block.startswith("block")]
    assert blocks == [f"block{place:02d}" for place in range(1, TINY[name].blocks + 1)]
    assert all(found[block] for block in found)
    assert {one.partition(".")[0] for one in found["head"]} <= {"classifier", "dense", "norm"}


@pytest.mark.parametrize("name", EVERY)
def test_the_pooler_and_the_top_block_are_redrawn_and_nothing_else(folders, name):
    model, tiny = classifier(folders[name]), TINY[name]
    before = values(model)
    if tiny.shared:
        with pytest.raises(MethodError, match=r"reinit: the 2 blocks of this albert share 1 set of weights"):
            reinitialize(model, 1)
        assert changed(model, before) == []
    names = reinitialize(model, 0 if tiny.shared else 1, generator=torch.Generator().manual_seed(0))
    # a bias that was 0 comes out as it was
    assert set(names) - set(changed(model, before)) <= {one for one in before if not before[one].any()}
    assert names == [one for one in before if re.match(rf"encoder\.({tiny.redrawn})", one)]


@pytest.mark.parametrize("name", EVERY)
def test_every_depth_has_a_rate_of_its_own(folders, name):
    model, tiny = classifier(folders[name]), TINY[name]
    if tiny.shared:
        with pytest.raises(MethodError, match=r"llrd: the 2 blocks of this albert share 1 set of weights"):
            layerwise_lr_groups(model, 1.0, 0.5)
        return
    groups = layerwise_lr_groups(model, 1.0, 0.5)
    assert sorted({group["lr"] for group in groups}) == [0.5**depth for depth in range(tiny.blocks, -1, -1)]
    depth = {id(tensor): group["lr"] for group in groups for tensor in group["params"]}
    for path in FAMILIES[name].above if name in FAMILIES else ():
        assert {depth[id(tensor)] for tensor in model.encoder.get_submodule(path).parameters()} == {1.0}


@pytest.mark.parametrize("method", TRAINER_TEXTS)
@pytest.mark.parametrize("name", EVERY)
def test_every_method_does_an_update(folders, name, method):
    model = classifier(folders[name])
    if TINY[name].shared and method.startswith(("reinit", "llrd")):
        before = values(model)
        with pytest.raises(MethodError, match="share 1 set of weights"):
            prepare(model, method, total_steps=4)
        assert changed(model, before) == []
        return
    prepared = prepare(model, method, total_steps=4, warmup_steps=0, recipe=Recipe(learning_rate=0.01))
    before = values(model)
    model.train()
    padded_logits(loaded(folders[name]).tokenizer)(model, TEXTS).square().sum().backward()
    # that of a key's bias is 0 but for rounding
    gradients = {one: tensor.grad for one, tensor in model.named_parameters() if tensor.grad is not None}
    with_gradient = [one for one, gradient in gradients.items() if gradient.abs().max() > 1e-9]
    prepared.optimizer.step()
    assert set(with_gradient) <= set(changed(model, before))
    blocks = parameter_blocks(model)
    assert all(set(names) & set(with_gradient) for names in blocks.values())


@pytest.mark.parametrize("name", EVERY)
def test_mixout_leaves_no_dropout_and_names_what_it_mixes(folders, name):
    model = Classifier(loaded(folders[name], dropout=0.3), 2, 0.3, torch.Generator().manual_seed(0))
    mixed = prepare(model, "mixout.p0.5", total_steps=4).census["mixed"]
    model.train()
    forward = padded_logits(loaded(folders[name]).tokenizer)
    for place in mixed:
        layer = model.get_submodule(place.removesuffix(".weight"))
        # with the target as weight a mask changes nothing
        assert torch.equal(layer.target, layer.weight)
    torch.testing.assert_close(forward(model, TEXTS), forward(model, TEXTS), rtol=1e-5, atol=1e-6)
    for place in mixed:
        layer = model.get_submodule(place.removesuffix(".weight"))
        layer.target = layer.target + 0.5
        one, other = forward(model, TEXTS), forward(model, TEXTS)
        assert not torch.equal(one, other), place
        layer.target = layer.target - 0.5


@pytest.mark.parametrize("name", EVERY)
def test_a_run_trains_and_keeps_the_encoder(folders, name, tmp_path):
    spec = RunSpec(
        task="trec",
        length="6st",
        encoder="custom-abcdef",
        encoder_source=str(folders[name]),
        recipe=Recipe(learning_rate=1e-2, batch_size=8, evaluations=2),
    )
    record = train(spec, task=tiny_task(train=24), keep=tmp_path / "kept")
    assert (record.environment["path"] == "padded") != _packs(name)
    assert record.steps.loss[-1] != record.steps.loss[0]
    kept = load_encoder("kept", source=str(tmp_path / "kept"))
    moved = changed(kept.model, values(loaded(folders[name]).model))
    assert len(moved) > len(values(kept.model)) / 2


def _packs(name):
    return name in FAMILIES and FAMILIES[name].packed


def test_a_pooler_that_the_checkpoint_lacks_is_drawn_with_the_head(tmp_path):
    folder = write_family(tmp_path, "bert")
    tiny_model("bert").bert.__class__(tiny_model("bert").config, add_pooling_layer=False).save_pretrained(folder)
    encoder = loaded(folder)
    assert encoder.drawn == ("pooler.dense.bias", "pooler.dense.weight")
    one, two, three = (Classifier(loaded(folder), 2, 0.0, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(one.encoder.pooler.dense.weight, two.encoder.pooler.dense.weight)
    assert not torch.equal(one.encoder.pooler.dense.weight, three.encoder.pooler.dense.weight)
    assert not one.encoder.pooler.dense.bias.any()
    assert not any("pooler" in name for name in pretrained_values(one))
    assert isinstance(one.encoder.pooler, nn.Module)


def test_an_electra_as_released_has_one_linear_layer(folders, monkeypatch):
    from stablebert.training import setup

    spec = RunSpec(task="trec", length="6st", encoder="custom-abcdef", encoder_source=str(folders["electra"]))
    plain = setup.prepare(spec.__class__(**{**vars(spec), "fidelity": "released"}), tiny_task(train=24))
    ours = setup.prepare(spec, tiny_task(train=24))
    assert not hasattr(plain.model, "dense")
    assert hasattr(ours.model, "dense")
    assert plain.model.family.segments is False


@pytest.mark.parametrize("method", TRAINER_TEXTS)
@pytest.mark.parametrize("name", FAMILIES)
def test_every_method_does_an_update_of_transformers_own_classifier(name, method):
    model = tiny_model(name)
    recipe = Recipe(learning_rate=0.01)
    if TINY[name].shared and method.startswith(("reinit", "llrd")):
        before = values(model)
        with pytest.raises(MethodError, match="share 1 set of weights"):
            prepare(model, method, total_steps=4, recipe=recipe)
        assert changed(model, before) == []
        return
    start = values(model)
    prepared = prepare(model, method, total_steps=4, warmup_steps=0, recipe=recipe)
    redrawn = prepared.census.get("reinitialized", [])
    prefix = find_encoder(model).prefix
    assert redrawn == [one for one in start if method == "reinit" and re.match(rf"{prefix}({TINY[name].redrawn})", one)]
    before = values(model)
    model.train()
    model(input_ids=torch.tensor([TEXTS[0].input_ids])).logits.square().sum().backward()
    gradients = {one: tensor.grad for one, tensor in model.named_parameters() if tensor.grad is not None}
    prepared.optimizer.step()
    moved = set(changed(model, before))
    assert {one for one, gradient in gradients.items() if gradient.abs().max() > 1e-9} <= moved
    assert all(set(names) & moved for names in parameter_blocks(model).values())
