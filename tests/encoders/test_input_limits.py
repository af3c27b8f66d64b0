"""Texts that an encoder has no position, no word or no segment for: one clear error each, before anything is trained."""

from dataclasses import replace

import pytest
import torch
from datasets import Dataset

from stablebert.encoders.limits import limits_of
from stablebert.encoders.model import Classifier, load_encoder
from stablebert.encoders.sources import EncoderError
from stablebert.training.examples import encode_task
from stablebert.training.forward import padded_logits
from tests.encoders.tiny_families import TINY, VOCABULARY, write_family
from tests.tiny import WORDS, tiny_task

BOUNDED = sorted(set(TINY) - {"xlnet", "deberta-v2", "modernbert"})


def task_of(first, second=None):
    rows = {"sentence1": [first] * 2, "sentence2": [second] * 2, "label": [0, 1]}
    split = Dataset.from_dict(rows)
    return replace(tiny_task(train=24), train=split, validation=split, test=split)


def loaded(tmp_path, name, **settings):
    return load_encoder("custom-abcdef", source=str(write_family(tmp_path, name, **settings)))


@pytest.mark.parametrize("name", BOUNDED)
def test_the_longest_text_fits_and_one_more_token_does_not(tmp_path, name):
    encoder = loaded(tmp_path, name)
    size = limits_of(encoder.model, encoder.family).tokens
    assert size == 64 - {"roberta": 1, "camembert": 1, "xlm-roberta": 2, "mpnet": 2}.get(name, 0)
    for words, fits in ((size - 2, True), (size - 1, False)):
        task = task_of(" ".join(WORDS[index % 20] for index in range(words)))
        if fits:
            ids = encode_task(task, encoder, 512)["train"][0].input_ids
            assert len(ids) == size
            model = Classifier(encoder, 2, 0.0, torch.Generator().manual_seed(0))
            assert padded_logits(encoder.tokenizer)(model, encode_task(task, encoder, 512)["train"]).shape == (2, 2)
        else:
            with pytest.raises(
                EncoderError, match=rf"a text has {size + 1} tokens, and the encoder positions for {size}"
            ):
                encode_task(task, encoder, 512)


@pytest.mark.parametrize("name", ["xlnet", "deberta-v2", "modernbert"])
def test_relative_positions_bound_no_text(tmp_path, name):
    encoder = loaded(tmp_path, name)
    assert limits_of(encoder.model, encoder.family).tokens is None


@pytest.mark.parametrize("name", sorted(TINY))
def test_a_tokenizer_with_more_words_than_the_encoder_is_refused(tmp_path, name):
    encoder = loaded(tmp_path, name, vocab_size=len(VOCABULARY) - 1)
    encode_task(task_of(WORDS[-2]), encoder, 32)
    with pytest.raises(EncoderError, match=rf"token id {len(VOCABULARY) - 1}, .* for ids below {len(VOCABULARY) - 1}"):
        encode_task(task_of(WORDS[-1]), encoder, 32)


@pytest.mark.parametrize("name", ["bert", "roberta", "xlm-roberta", "electra", "albert", "camembert"])
def test_a_pair_needs_two_segments(tmp_path, name):
    one = loaded(tmp_path / "one", name, type_vocab_size=1)
    encode_task(task_of(WORDS[0]), one, 32)
    with pytest.raises(EncoderError, match=r"gives segment 1, .* and the encoder has 1 \(type_vocab_size\)"):
        encode_task(task_of(WORDS[0], WORDS[1]), one, 32)
    two = loaded(tmp_path / "two", name, type_vocab_size=2)
    assert 1 in encode_task(task_of(WORDS[0], WORDS[1]), two, 32)["train"][0].token_type_ids


@pytest.mark.parametrize("name", ["distilbert", "mpnet", "bart", "modernbert"])
def test_an_encoder_without_segments_takes_pairs(tmp_path, name):
    splits = encode_task(task_of(WORDS[0], WORDS[1]), loaded(tmp_path, name), 32)
    assert set(splits["train"][0].token_type_ids) == {0}
