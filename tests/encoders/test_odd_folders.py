"""Folders as they lie about: of another format, of another kind of model, half fetched. They work, or say what is wrong."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, BertForMaskedLM, BertForSequenceClassification

from stablebert.encoders.model import Classifier, load_encoder
from stablebert.encoders.sources import EncoderError
from stablebert.training.examples import encode_task
from tests.encoders.tiny_families import TINY, VOCABULARY, write_family, write_tokenizer
from tests.tiny import tiny_task

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 133466304\n"
SIZES = {
    "vocab_size": len(VOCABULARY),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
}
T5 = {"vocab_size": len(VOCABULARY), "d_model": 16, "num_layers": 2, "num_heads": 4, "d_ff": 32, "d_kv": 4}


def load(folder):
    return load_encoder("custom-abcdef", source=str(folder))


def configure(folder, **settings):
    path = folder / "config.json"
    kept = json.loads(path.read_text()) | settings
    path.write_text(json.dumps({name: value for name, value in kept.items() if value is not None}))
    return folder


def add(folder, name):
    path = folder / "model.safetensors"
    save_file({**load_file(path), name: torch.ones(3, 4)}, path, {"format": "pt"})
    return folder


def write_model(folder, name, **settings):
    AutoModel.from_config(AutoConfig.for_model(name, **settings)).save_pretrained(folder)
    return write_tokenizer(folder)


@pytest.mark.parametrize("name", ["model-q8_0.gguf", "model.onnx", "tf_model.h5", "flax_model.msgpack"])
def test_weights_of_another_format_are_named(tmp_path, name):
    folder = write_family(tmp_path, "bert")
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(
        EncoderError, match=rf"no \*\.safetensors weights .* \(other files: {name}; none of them is read"
    ):
        load(folder)


def test_a_link_that_leads_nowhere_is_named(tmp_path):
    folder = write_family(tmp_path, "bert")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(folder / "blobs" / "4d7a")
    with pytest.raises(EncoderError, match=r"model\.safetensors is a link that leads nowhere \(other files: none"):
        load(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "vocab.txt", "config.json"])
def test_a_pointer_of_git_lfs_is_named(tmp_path, name):
    folder = write_family(tmp_path, "bert")
    (folder / name).write_text(POINTER)
    with pytest.raises(EncoderError, match=rf"as {name} is a pointer of Git LFS .* `git lfs pull`"):
        load(folder)


def test_the_folder_of_a_trainer_s_checkpoints_says_where_they_are(tmp_path):
    write_family(tmp_path / "checkpoint-500", "bert")
    with pytest.raises(EncoderError, match=r"has no config\.json; checkpoint-500 below it has one"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("name", "settings", "why"),
    [
        ("gpt2", {"vocab_size": len(VOCABULARY), "n_embd": 16, "n_layer": 2, "n_head": 4}, "no masked language model"),
        ("llama", SIZES, "no masked language model"),
        ("t5", T5, "no masked language model"),
        ("fnet", {name: SIZES[name] for name in SIZES if name != "num_attention_heads"}, "takes no attention_mask"),
    ],
)
def test_a_model_that_is_no_encoder_like_bert_is_refused(tmp_path, name, settings, why):
    with pytest.raises(EncoderError, match=f"'{name}': not supported: it .*{why}"):
        load(write_model(tmp_path, name, **settings))


@pytest.mark.parametrize("name", ["longformer", "deberta", "nomic_bert", "rembert", "roberta-prelayernorm"])
def test_a_family_without_record_gives_a_text_what_it_gives_it_alone(tmp_path, name):
    settings = {"attention_window": [4, 4], "pad_token_id": 1} if name == "longformer" else {}
    encoder = load_encoder("custom-abcdef", str(write_model(tmp_path, name, **SIZES, **settings)), dropout=0.0)
    model = Classifier(encoder, 2, 0.0, torch.Generator().manual_seed(0)).eval()
    ids, padded = torch.tensor([[2, 7, 8, 9, 3]]), torch.tensor([[2, 7, 8, 9, 3, 6, 6, 6]])
    with torch.no_grad():
        alone = model(input_ids=ids, attention_mask=torch.ones_like(ids))
        beside = model(input_ids=padded, attention_mask=(torch.arange(8) < 5).long()[None])
    torch.testing.assert_close(beside, alone, rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, r"its weights are quantised \(gptq\)"),
        ({"model_type": "mine", "auto_map": {"AutoConfig": "c.C", "AutoModel": "m.M"}}, "is code in its own folder"),
        ({"model_type": "superbert"}, "does not recognize this architecture"),
        ({"model_type": None}, "model_type"),
        ({"hidden_act": "swoosh"}, "KeyError: 'swoosh'"),
    ],
)
def test_a_configuration_that_cannot_be_built_is_one_line(tmp_path, settings, said):
    with pytest.raises(EncoderError, match=said) as caught:
        load(configure(write_family(tmp_path, "bert"), **settings))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("bert", "bert.encoder.layer.0.attention.self.distance_embedding.weight"),
        ("bert", "encoder.layer.1.attention.self.query.lora_A.default.weight"),
        ("bart", "model.encoder.layers.1.adapter.down.weight"),
    ],
)
def test_a_tensor_of_a_block_that_is_not_read_is_named(tmp_path, name, tensor):
    with pytest.raises(EncoderError, match=f"1 tensors inside its blocks .* does not read: .*{tensor[-20:]}"):
        load(add(write_family(tmp_path, name), tensor))


@pytest.mark.parametrize(
    "tensor", ["bert.embeddings.position_ids", "bert.encoder.layer.0.attention.inv_freq", "cls.bias"]
)
def test_a_table_that_is_computed_and_a_head_may_be_left_over(tmp_path, tensor):
    assert load(add(write_family(tmp_path, "bert"), tensor)).drawn == ()


def test_a_configuration_without_architectures_and_a_head_of_other_labels_load(tmp_path):
    config = AutoConfig.for_model("bert", **TINY["bert"].settings, num_labels=7)
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    assert load(configure(write_tokenizer(tmp_path), architectures=None)).drawn == ()


def test_a_masked_language_model_has_its_tied_words_and_no_pooler(tmp_path):
    config = AutoConfig.for_model("bert", **TINY["bert"].settings)
    BertForMaskedLM(config).save_pretrained(tmp_path)
    assert load(write_tokenizer(tmp_path)).drawn == ("pooler.dense.bias", "pooler.dense.weight")


def test_words_that_were_added_and_never_come_do_no_harm(tmp_path):
    encoder = load(write_family(tmp_path, "bert"))
    tokenizer = encoder.tokenizer
    tokenizer.add_tokens(["<unheard-of>"])
    tokenizer.save_pretrained(tmp_path)
    assert len(encode_task(tiny_task(), load(tmp_path), 16)["train"])


def test_a_vocabulary_without_its_unknown_word_is_one_clear_error(tmp_path):
    folder = write_family(tmp_path, "bert")
    (folder / "tokenizer.json").unlink(missing_ok=True)
    (folder / "vocab.txt").write_text("[PAD]\n[CLS]\n[SEP]\n[MASK]\ngood\n")
    with pytest.raises(EncoderError, match=r"does not load from .*UNK"):
        encode_task(tiny_task(), load(folder), 16)
