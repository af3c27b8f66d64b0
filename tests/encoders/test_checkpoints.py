"""A checkpoint that is not the model of its config.json, or a folder without its tokenizer: one clear error."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, BertConfig, BertModel

from stablebert.encoders.model import load_encoder
from stablebert.encoders.sources import EncoderError, encoder_digest
from tests.encoders.tiny_families import TINY, VOCABULARY, write_family, write_tokenizer
from tests.tiny import write_tiny_encoder


def rename(folder, change):
    path = folder / "model.safetensors"
    save_file({change(name): value for name, value in load_file(path).items() if change(name)}, path, {"format": "pt"})
    return folder


def load(folder):
    return load_encoder("custom-abcdef", source=str(folder))


@pytest.mark.parametrize(
    ("prefix", "by"),
    [
        ("_orig_mod.", ", as torch.compile saves them"),
        ("module.", ", as DistributedDataParallel saves them"),
        ("model.", ", as Lightning saves them"),
        ("model._orig_mod.", ", as torch.compile and Lightning saves them"),
        ("student.", ""),
    ],
)
@pytest.mark.parametrize("name", ["bert", "distilbert", "deberta-v2"])
def test_names_with_something_before_them_are_named(tmp_path, name, prefix, by):
    folder = rename(write_family(tmp_path, name), lambda key: prefix + key)
    count = len(dict(AutoModel.from_config(load_config(folder)).named_parameters()))
    pooler = 2 if TINY[name].redrawn.endswith("pooler\\.") else 0
    with pytest.raises(EncoderError) as caught:
        load(folder)
    text = str(caught.value)
    assert f"its checkpoint lacks {count - pooler} of {count} tensors: embeddings" in text
    assert f"begin with '{prefix}" in text
    assert by in text


def load_config(folder):
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(folder)


@pytest.mark.parametrize("name", sorted(TINY))
def test_one_tensor_that_is_missing_is_named(tmp_path, name):
    folder = write_family(tmp_path, name)
    part = "word_embedding.weight" if name == "xlnet" else ".1." if not TINY[name].shared else "ffn.weight"
    lost = next(key for key in sorted(load_file(folder / "model.safetensors")) if part in key)
    rename(folder, lambda key: "" if key == lost else key)
    with pytest.raises(EncoderError, match=rf"lacks 1 of \d+ tensors: {lost.partition('.')[2].replace('.', '.')}$"):
        load(folder)


@pytest.mark.parametrize("name", sorted(set(TINY) - {"albert"}))
def test_a_checkpoint_with_more_blocks_than_its_configuration_is_refused(tmp_path, name):
    fewer = {
        key: 1 for key in ("num_hidden_layers", "n_layer", "n_layers", "decoder_layers") if key in TINY[name].settings
    }
    whole = write_family(tmp_path / "whole", name)
    (whole / "config.json").write_bytes((write_family(tmp_path / "fewer", name, **fewer) / "config.json").read_bytes())
    with pytest.raises(EncoderError, match="its config.json has 1 blocks in .*, its checkpoint more"):
        load(whole)


def test_a_checkpoint_of_another_width_is_refused(tmp_path):
    folder = write_tiny_encoder(tmp_path)
    BertConfig(**{**BertConfig.from_pretrained(folder).to_dict(), "intermediate_size": 64}).save_pretrained(folder)
    with pytest.raises(EncoderError, match="another shape than its config.json for encoder.layer.0.intermediate"):
        load(folder)


@pytest.mark.parametrize("damage", ["cut", "empty", "text"])
def test_a_damaged_file_of_weights_is_one_clear_error(tmp_path, damage):
    path = write_tiny_encoder(tmp_path) / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes({"cut": content[:-100], "empty": b"", "text": b"not weights at all"}[damage])
    with pytest.raises(EncoderError, match="does not load from"):
        load(tmp_path)


def test_a_checkpoint_with_a_head_of_others_loads_as_its_encoder(tmp_path):
    folder = rename(write_tiny_encoder(tmp_path), lambda key: f"bert.{key}")
    weights = load_file(folder / "model.safetensors")
    save_file({**weights, "classifier.weight": torch.ones(7, 16)}, folder / "model.safetensors", {"format": "pt"})
    assert torch.equal(load(folder).model.embeddings.LayerNorm.weight, weights["bert.embeddings.LayerNorm.weight"])


@pytest.mark.parametrize("name", ["bert", "roberta", "modernbert"])
def test_a_folder_without_tokenizer_is_refused(tmp_path, name):
    folder = write_family(tmp_path, name)
    for path in (*folder.glob("vocab*"), *folder.glob("tokenizer*")):
        path.unlink()
    with pytest.raises(EncoderError, match=r"has no tokenizer: none of .*tokenizer.json|does not load"):
        _ = load(folder).tokenizer


def test_a_tokenizer_without_padding_is_refused(tmp_path):
    folder = write_family(tmp_path, "modernbert")
    tokenizer = load(folder).tokenizer
    tokenizer.pad_token = None
    tokenizer.save_pretrained(folder)
    with pytest.raises(EncoderError, match="its tokenizer has no padding token"):
        _ = load(folder).tokenizer


CHANGES = {
    "a word": lambda folder: (folder / "vocab.txt").write_text("\n".join(reversed(VOCABULARY))),
    "the case": lambda folder: write_tokenizer(folder, strip_accents=False),
    "a new file of the tokenizer": lambda folder: (folder / "added_tokens.json").write_text('{"x": 40}'),
    "the configuration": lambda folder: (folder / "config.json").write_text(
        (folder / "config.json").read_text() + "\n"
    ),
    "the weights": lambda folder: BertModel(BertConfig.from_pretrained(folder)).save_pretrained(folder),
    "a name": lambda folder: (folder / "vocab.txt").rename(folder / "words.txt"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_digest_follows_every_file_that_decides_weights_or_ids(tmp_path, change):
    folder = write_family(tmp_path, "bert")
    before = encoder_digest("custom-abcdef", str(folder))
    (folder / "README.md").write_text("it decides nothing")
    assert encoder_digest("custom-abcdef", str(folder)) == before
    CHANGES[change](folder)
    assert encoder_digest("custom-abcdef", str(folder)) != before
