"""The files of an encoder of anyone's: configuration, tokenizer, weights."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.encoders.encoder_files import parameter_count
from stablebert.encoders.model import load_encoder
from stablebert.encoders.sources import EncoderError
from stablebert.runs import RunSpec
from stablebert.training.stacked.alone import why_alone
from tests.fuzz.mutations import data, files
from tests.fuzz.reading import answers, folder, put

__all__ = ["folder"]
NAMES = ("config.json", "tokenizer_config.json", "vocab.txt", "model.safetensors")


def weights(head):
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text


HEAD = {"__metadata__": {"format": "pt"}, "a.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
INDEX = b'{"metadata": {"total_size": 24}, "weight_map": {"a.weight": "one.safetensors"}}'


@pytest.mark.parametrize("name", NAMES)
@given(drawn=st.data())
def test_files_of_an_encoder(folder, tiny_encoder, name, drawn):
    home = folder / "encoder"
    for one in NAMES:
        put(home, one, (tiny_encoder / one).read_bytes())
    content = (tiny_encoder / name).read_bytes()
    changed = files(content)
    if name.endswith(".json"):
        changed = st.one_of(changed, data(json.loads(content)).map(lambda found: json.dumps(found).encode()))
    put(home, name, drawn.draw(changed))
    why_alone(RunSpec(task="trec", encoder="custom-000000", encoder_source=str(home)))
    encoder = answers(lambda: load_encoder("custom-000000", str(home)), EncoderError, of="encoder")
    if encoder is not None:
        tokenizer = answers(lambda: encoder.tokenizer, EncoderError, of="custom-000000")
        assert tokenizer is None or tokenizer.pad_token_id is not None


def test_a_configuration_that_says_nothing_says_nothing_of_stacks(folder, tiny_encoder):
    def why_of(content):
        for name in NAMES:
            put(folder / "odd", name, (tiny_encoder / name).read_bytes())
        put(folder / "odd", "config.json", content.encode())
        return why_alone(RunSpec(task="trec", encoder="custom-000000", encoder_source=str(folder / "odd")))

    # what is wrong with it is said when the encoder is loaded
    nested = "[" * 100_000
    for content in (nested, '{"model_type": ' + nested, "[]", "null", "3", '{"model_type": 3}', ""):
        assert why_of(content) is None
    assert "xlnet" in str(why_of('{"model_type": "xlnet"}'))


@given(st.one_of(files(weights(HEAD)), data(HEAD).map(weights)))
def test_weights(folder, content):
    put(folder, "weights/model.safetensors", content)
    answers(lambda: parameter_count(folder / "weights"), ValueError, of="model.safetensors")


@given(st.one_of(files(INDEX), data(json.loads(INDEX)).map(lambda found: json.dumps(found).encode())))
def test_an_index_of_weights_in_parts(folder, content):
    put(folder, "parts/one.safetensors", weights(HEAD))
    put(folder, "parts/model.safetensors.index.json", content)
    count = answers(lambda: parameter_count(folder / "parts"), ValueError, of="parts")
    assert count in (None, 0, 6)


@pytest.mark.parametrize("size", [2**63, 2**64 - 1, 2**40])
def test_a_head_that_is_larger_than_its_file_is_named(folder, size):
    put(folder, "large/model.safetensors", struct.pack("<Q", size) + b"{}")
    with pytest.raises(ValueError, match="model.safetensors is no safetensors file"):
        parameter_count(folder / "large")


@pytest.mark.parametrize("name", ["num_hidden_layers", "vocab_size", "hidden_size", "intermediate_size"])
@pytest.mark.parametrize("value", [10**9, 10**18])
def test_a_configuration_of_more_than_its_weights_have_is_refused_before_it_is_built(folder, tiny_encoder, name, value):
    home = folder / "huge"
    for one in NAMES:
        put(home, one, (tiny_encoder / one).read_bytes())
    told = {**json.loads((tiny_encoder / "config.json").read_text()), name: value}
    put(home, "config.json", json.dumps(told).encode())
    with pytest.raises(EncoderError, match=f"{name} is {value}"):
        load_encoder("custom-000000", str(home))
