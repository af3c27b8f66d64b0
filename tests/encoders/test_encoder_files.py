"""What decides an encoder's weights or a text's token ids is in its digest, whatever kind of tokenizer it has."""

import pytest
from huggingface_hub.utils import filter_repo_objects
from safetensors.torch import load_file

from stablebert.encoders.encoder_files import UNREAD, decisive_files, parameter_count, tokenizer_files
from stablebert.encoders.sources import EncoderError, encoder_digest
from tests.encoders.tiny_families import write_family

# vocabularies, merges and settings of the tokenizers that transformers has
VOCABULARIES = (
    *("vocab.txt", "vocab.json", "merges.txt", "vocab.bpe", "bpe.codes", "dict.txt", "tokenizer.json"),
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "emoji.json", "normalizer.json"),
    *("spiece.model", "spm.model", "sentencepiece.bpe.model", "tokenizer.model", "tokenizer.model.v3"),
    *("source.spm", "target.spm", "prophetnet.tokenizer", "qwen.tiktoken", "vocab.vocab", "vocab.jsonl"),
)
UNDECIDED = (
    *("README.md", ".gitattributes", "LICENSE", "pytorch_model.bin", "optimizer.pt", "rng_state.pth", "tf_model.h5"),
    *("flax_model.msgpack", "training_args.bin", "trainer_state.json", "rust_model.ot", "model.onnx"),
)


def digest(folder):
    return encoder_digest("custom-abcdef", str(folder))


@pytest.mark.parametrize("name", VOCABULARIES)
def test_a_file_of_a_tokenizer_decides(tmp_path, name):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_text("weights")
    before = digest(tmp_path)
    (tmp_path / name).write_text("one")
    there = digest(tmp_path)
    (tmp_path / name).write_text("another")
    assert len({before, there, digest(tmp_path)}) == 3
    assert [path.name for path in tokenizer_files(tmp_path)] == [name]


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_is_never_read_does_not(tmp_path, name):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_text("weights")
    before = digest(tmp_path)
    (tmp_path / name).write_text("one")
    (tmp_path / "checkpoint-3").mkdir(exist_ok=True)
    (tmp_path / "checkpoint-3" / "vocab.txt").write_text("of another")
    assert digest(tmp_path) == before


def test_the_parts_of_sharded_weights_and_their_index_decide(tmp_path):
    for name in ("config.json", "model-1-of-2.safetensors", "model-2-of-2.safetensors", "model.safetensors.index.json"):
        (tmp_path / name).write_text("{}")
    assert len(decisive_files(tmp_path)) == 4
    assert tokenizer_files(tmp_path) == []


def test_the_hub_is_asked_for_what_decides():
    there = ["config.json", "model.safetensors", *VOCABULARIES, *UNDECIDED, "onnx/model.onnx", "1_Pooling/config.json"]
    asked = list(filter_repo_objects(there, ignore_patterns=["*/*", *UNREAD]))
    assert asked == ["config.json", "model.safetensors", *VOCABULARIES]


@pytest.mark.parametrize("family", ["bert", "xlnet"])
def test_parameters_are_counted_without_loading_them(tmp_path, family):
    folder = write_family(tmp_path, family)
    assert parameter_count(folder) == sum(value.numel() for value in load_file(folder / "model.safetensors").values())


def test_an_adapter_is_refused_since_its_weights_go_on_those_of_another_model(tmp_path):
    folder = write_family(tmp_path, "bert")
    assert len(digest(folder)) == 64
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "elsewhere"}')
    with pytest.raises(EncoderError, match="holds an adapter .* merge them"):
        digest(folder)


def test_a_file_that_is_no_safetensors_file_is_named(tmp_path):
    (tmp_path / "model.safetensors").write_text("weights")
    with pytest.raises(ValueError, match=r"model\.safetensors is no safetensors file"):
        parameter_count(tmp_path)
