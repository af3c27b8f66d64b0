"""Checkpoints as they lie about: wrapped within, in parts, in other precisions, quantised, broken."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from stablebert.encoders.encoder_files import parameter_count, weight_files
from stablebert.encoders.limits import limits_of
from stablebert.encoders.model import load_encoder
from stablebert.encoders.sources import EncoderError
from tests.encoders.tiny_families import TINY, tiny_model, write_family


def load(folder):
    return load_encoder("custom-abcdef", source=str(folder))


def rewrite(folder, change):
    """Save the weights anew, each as a function of its name and value says: a name and a value."""
    path = folder / "model.safetensors"
    save_file(dict(change(name, value) for name, value in load_file(path).items()), path, {"format": "pt"})
    return folder


def in_parts(folder, name="bert"):
    tiny_model(name).save_pretrained(folder, max_shard_size="5KB")
    return folder


def state_of(folder):
    return load(folder).model.state_dict()


def same(one, other, tolerance=0.0):
    return all(torch.allclose(one[name], other[name], rtol=tolerance, atol=0) for name in other)


@pytest.mark.parametrize(
    ("wrapper", "by"),
    [("_orig_mod.", "torch.compile"), ("module.", "DistributedDataParallel"), ("model.", "Lightning")],
)
@pytest.mark.parametrize(
    ("name", "blocks"), [("bert", "layer.1."), ("roberta", "layer.1."), ("modernbert", "layers.2.")]
)
def test_a_wrapper_inside_a_name_is_named(tmp_path, name, blocks, wrapper, by):
    folder = rewrite(write_family(tmp_path, name), lambda key, value: (key.replace(blocks, blocks + wrapper), value))
    with pytest.raises(
        EncoderError, match=rf"lacks \d+ of \d+ tensors: .*; its names have '{wrapper}' in them, as {by}"
    ):
        load(folder)


@pytest.mark.parametrize("wrapper", ["_orig_mod.", "module."])
def test_a_family_s_own_prefix_is_taken_for_no_wrapper(tmp_path, wrapper):
    folder = rewrite(
        write_family(tmp_path, "modernbert"), lambda key, value: (key.replace("model.", f"model.{wrapper}", 1), value)
    )
    with pytest.raises(EncoderError) as caught:
        load(folder)
    assert f"begin with 'model.{wrapper}'" in str(caught.value)
    assert "Lightning" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(TINY))
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_another_precision_on_disk_is_computed_in_float32(tmp_path, name, dtype):
    folder = write_family(tmp_path, name)
    usual = state_of(folder)
    rewrite(folder, lambda key, value: (key, value.to(dtype) if value.is_floating_point() else value))
    written = json.loads((folder / "config.json").read_text())
    kind = str(dtype).removeprefix("torch.")
    (folder / "config.json").write_text(json.dumps({**written, "dtype": kind, "torch_dtype": kind}))
    found = state_of(folder)
    assert {value.dtype for value in load(folder).model.parameters()} == {torch.float32}
    assert same(found, usual, tolerance=0.01)


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.float8_e4m3fn])
def test_a_quantised_tensor_is_refused(tmp_path, dtype):
    folder = rewrite(
        write_family(tmp_path, "bert"),
        lambda key, value: (key, (10 * value).to(dtype) if key.endswith("0.attention.self.query.weight") else value),
    )
    with pytest.raises(
        EncoderError, match=r"has (I8|U8|F8_E4M3) for encoder.layer.0.attention.self.query.weight; .* F32"
    ):
        load(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_that_is_not_finite_is_named(tmp_path, value):
    def damage(key, tensor):
        return key, tensor.index_fill(0, torch.tensor([1]), value) if key.endswith("1.output.dense.bias") else tensor

    folder = rewrite(write_family(tmp_path, "bert"), damage)
    with pytest.raises(EncoderError, match=r"values that are not finite in encoder.layer.1.output.dense.bias$"):
        load(folder)


def test_parts_are_the_whole(tmp_path):
    whole = write_family(tmp_path / "whole", "bert")
    parts = in_parts(write_family(tmp_path / "parts", "bert"))
    with pytest.raises(
        EncoderError, match=r"holds its weights twice, whole .* and in the parts of model.*; remove those"
    ):
        load(parts)
    (parts / "model.safetensors").unlink()
    assert len(weight_files(parts)) > 3
    assert same(state_of(parts), state_of(whole))
    assert parameter_count(parts) == parameter_count(whole)
    (parts / "consolidated.safetensors").write_bytes((whole / "model.safetensors").read_bytes())
    assert parameter_count(parts) == parameter_count(whole)


def test_a_part_that_is_missing_is_named(tmp_path):
    folder = in_parts(write_family(tmp_path, "bert"))
    (folder / "model.safetensors").unlink()
    lost = weight_files(folder)[1]
    lost.unlink()
    with pytest.raises(EncoderError, match=lost.name):
        load(folder)


@pytest.mark.parametrize("damage", ["no index", "index of nothing", "another name", "a Lightning checkpoint"])
def test_weights_by_other_names_are_listed(tmp_path, damage):
    folder = write_family(tmp_path, "bert")
    whole, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if damage == "no index":
        in_parts(folder)
        index.unlink()
        whole.unlink()
    elif damage == "index of nothing":
        whole.rename(folder / "model-1-of-1.safetensors")
        index.write_text("{}")
    else:
        whole.rename(folder / ("weights.safetensors" if damage == "another name" else "epoch=1.ckpt"))
    with pytest.raises(
        EncoderError, match=r"no \*\.safetensors weights by the names .* \(other files: (model|weights|epoch)"
    ):
        load(folder)


@pytest.mark.parametrize("name", ["roberta", "xlm-roberta", "camembert"])
def test_positions_counted_from_no_padding_are_refused(tmp_path, name):
    folder = write_family(tmp_path, name)
    usual = limits_of(load(folder).model, load(folder).family)
    assert usual.tokens is not None
    written = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**written, "pad_token_id": None}))
    with pytest.raises(EncoderError, match=rf"{name}.*pad_token_id is None .* positions are counted from there"):
        limits_of(load(folder).model, load(folder).family)


@pytest.mark.parametrize("part", ["shared", "embed_tokens"])
def test_a_bart_has_its_tied_words_under_either_name(tmp_path, part):
    folder = write_family(tmp_path, "bart")
    usual = state_of(folder)
    weights = load_file(folder / "model.safetensors")
    (key,) = [name for name in weights if "shared" in name or "embed_tokens" in name]
    words, start = weights.pop(key), key.partition("shared")[0]
    names = (
        [f"{start}shared"] if part == "shared" else [f"{start}{half}.embed_tokens" for half in ("encoder", "decoder")]
    )
    save_file(
        {**weights, **{f"{name}.weight": words.clone() for name in names}},
        folder / "model.safetensors",
        {"format": "pt"},
    )
    assert same(state_of(folder), usual)
