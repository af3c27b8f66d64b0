import json

import pytest
import torch

from stablebert.encoders.family import family_of
from stablebert.encoders.model import Classifier, load_encoder
from stablebert.encoders.parts import parameter_blocks
from stablebert.encoders.sources import EncoderError, custom_id, encoder_digest
from tests.tiny import write_tiny_encoder


def classifier(folder, seed=0, **options):
    encoder = load_encoder(custom_id(str(folder)), source=str(folder), **options)
    return Classifier(encoder, 3, 0.1, torch.Generator().manual_seed(seed))


def test_dropout_is_the_recipes(tiny_encoder):
    model = classifier(tiny_encoder, dropout=0.25)
    rates = {module.p for module in model.encoder.modules() if isinstance(module, torch.nn.Dropout)}
    assert rates == {0.25}


def test_the_head_comes_from_its_generator_alone(tiny_encoder):
    one = classifier(tiny_encoder)
    torch.rand(7)
    two, other = classifier(tiny_encoder), classifier(tiny_encoder, seed=1)
    assert torch.equal(one.classifier.weight, two.classifier.weight)
    assert not torch.equal(one.classifier.weight, other.classifier.weight)
    assert one.classifier.weight.std().item() == pytest.approx(0.02, rel=0.5)
    assert not one.classifier.bias.any()


def test_loading_leaves_the_callers_generator_alone(tiny_encoder):
    before = torch.get_rng_state()
    classifier(tiny_encoder)
    assert torch.equal(torch.get_rng_state(), before)


def test_every_parameter_is_in_one_block(tiny_encoder):
    model = classifier(tiny_encoder)
    blocks = parameter_blocks(model)
    assert list(blocks) == ["embeddings", "block01", "block02", "pooler", "head"]
    assert sorted(name for names in blocks.values() for name in names) == sorted(dict(model.named_parameters()))


def test_a_pickle_checkpoint_is_refused(tmp_path):
    folder = write_tiny_encoder(tmp_path, pickle=True)
    with pytest.raises(EncoderError, match=r"pytorch_model\.bin.*convert"):
        load_encoder(custom_id(str(folder)), source=str(folder))


def test_an_encoder_without_source_or_out_of_reach_is_refused(tmp_path, monkeypatch):
    with pytest.raises(EncoderError, match="known without one: minilm"):
        load_encoder("maxilm")
    with pytest.raises(EncoderError, match=r"config\.json"):
        load_encoder(custom_id(str(tmp_path)), source=str(tmp_path))
    monkeypatch.setattr("huggingface_hub.snapshot_download", _out_of_reach)
    with pytest.raises(EncoderError, match="nobody/nothing.*hub"):
        load_encoder(custom_id("nobody/nothing"), source="nobody/nothing")


def _out_of_reach(*_, **__):
    raise OSError("no route")


def test_a_damaged_checkpoint_is_one_error(tmp_path):
    folder = write_tiny_encoder(tmp_path)
    (folder / "config.json").write_text(json.dumps({"model_type": "no-such-type"}))
    with pytest.raises(EncoderError, match="does not load"):
        load_encoder(custom_id(str(folder)), source=str(folder))


def test_the_digest_follows_the_weights(tmp_path):
    folder = write_tiny_encoder(tmp_path)
    before = encoder_digest("custom-000000", str(folder))
    assert encoder_digest("custom-000000", str(folder)) == before
    write_tiny_encoder(tmp_path, hidden=32)
    assert encoder_digest("custom-000000", str(folder)) != before


def test_ids_of_encoders_of_others_have_six_digits(tiny_encoder):
    assert len(custom_id("a/b")) == len("custom-") + 6
    assert custom_id("a/b") != custom_id("a/c")
    assert custom_id(str(tiny_encoder)) == custom_id(str(tiny_encoder / ".." / tiny_encoder.name))


def test_families_without_a_record_are_found_by_structure():
    from transformers import CamembertConfig, CamembertModel, GPT2Config, GPT2Model

    small = {
        "vocab_size": 9,
        "hidden_size": 8,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 8,
    }
    family = family_of("camembert", CamembertModel(CamembertConfig(**small)))
    assert (family.blocks, family.pooler, family.packed) == ("encoder.layer", "pooler", False)
    with pytest.raises(EncoderError, match="'gpt2': not supported: it is no masked language model"):
        family_of("gpt2", GPT2Model(GPT2Config(vocab_size=9, n_embd=8, n_layer=2, n_head=2)))
    with pytest.raises(
        EncoderError, match="'camembert': not supported: num_hidden_layers is 5, .* 3 \\(encoder.layer\\)"
    ):
        family_of("camembert", _with(CamembertModel(CamembertConfig(**small)), num_hidden_layers=5))
    with pytest.raises(EncoderError, match="'bert': is_decoder is set"):
        family_of("bert", _with(CamembertModel(CamembertConfig(**small)), is_decoder=True))


def _with(model, **settings):
    for name, value in settings.items():
        setattr(model.config, name, value)
    return model
