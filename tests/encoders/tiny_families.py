"""A tiny encoder of every family, with weights from a fixed seed and the word-level tokenizer of `tests.tiny`."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, BertTokenizer

from tests.tiny import WORDS

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
_BERT = {
    "vocab_size": len(VOCABULARY),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}


@dataclass(frozen=True)
class Tiny:
    """One family at the size of a test.

    Attributes:
        settings: Of its configuration.
        blocks: Blocks in all, bottom first, as `parameter_blocks` counts them.
        redrawn: Regular expression of the encoder's parameters that `reinit` redraws with one block.
        head: From a module of `Classifier` to that of transformers' own model, for those outside the encoder.
        shared: Whether its blocks share their weights.
    """

    settings: dict
    blocks: int
    redrawn: str
    head: dict[str, str] = field(default_factory=dict)
    shared: bool = False


_TWO_LAYERS = {"dense": "classifier.dense", "classifier": "classifier.out_proj"}
TINY = {
    "bert": Tiny(_BERT, 2, r"encoder\.layer\.1\.|pooler\.", {"classifier": "classifier"}),
    "roberta": Tiny(_BERT, 2, r"encoder\.layer\.1\.", _TWO_LAYERS),
    "xlm-roberta": Tiny({**_BERT, "pad_token_id": 1, "type_vocab_size": 1}, 2, r"encoder\.layer\.1\.", _TWO_LAYERS),
    "electra": Tiny({**_BERT, "embedding_size": 8}, 2, r"encoder\.layer\.1\.", _TWO_LAYERS),
    "xlnet": Tiny(
        {"vocab_size": len(VOCABULARY), "d_model": 16, "n_layer": 2, "n_head": 4, "d_inner": 32, "pad_token_id": 0},
        2,
        r"layer\.1\.",
        {"dense": "sequence_summary.summary", "classifier": "logits_proj"},
    ),
    "bart": Tiny(
        {
            "vocab_size": len(VOCABULARY),
            "d_model": 16,
            "encoder_layers": 2,
            "decoder_layers": 3,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "encoder_ffn_dim": 32,
            "decoder_ffn_dim": 32,
            "max_position_embeddings": 64,
            "pad_token_id": 0,
            "bos_token_id": 2,
            "eos_token_id": 3,
            "decoder_start_token_id": 3,
        },
        5,
        r"decoder\.layers\.2\.",
        {"dense": "classification_head.dense", "classifier": "classification_head.out_proj"},
    ),
    "distilbert": Tiny(
        {
            "vocab_size": len(VOCABULARY),
            "dim": 16,
            "n_layers": 2,
            "n_heads": 4,
            "hidden_dim": 32,
            "max_position_embeddings": 64,
        },
        2,
        r"transformer\.layer\.1\.",
        {"dense": "pre_classifier", "classifier": "classifier"},
    ),
    "albert": Tiny({**_BERT, "embedding_size": 8}, 1, r"pooler\.", {"classifier": "classifier"}, shared=True),
    "mpnet": Tiny({**_BERT, "pad_token_id": 1}, 2, r"encoder\.layer\.1\.", _TWO_LAYERS),
    "deberta-v2": Tiny(
        {
            **_BERT,
            "relative_attention": True,
            "position_buckets": 8,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "type_vocab_size": 0,
        },
        2,
        r"encoder\.layer\.1\.",
        {"dense": "pooler.dense", "classifier": "classifier"},
    ),
    # a global block and two local ones
    "modernbert": Tiny(
        {
            **_BERT,
            "num_hidden_layers": 3,
            "global_attn_every_n_layers": 3,
            "local_attention": 4,
            "bos_token_id": 2,
            "cls_token_id": 2,
            "eos_token_id": 3,
            "sep_token_id": 3,
        },
        3,
        r"layers\.2\.",
        {"dense": "head.dense", "norm": "head.norm", "classifier": "classifier"},
    ),
    # no record: found by its structure
    "camembert": Tiny(_BERT, 2, r"encoder\.layer\.1\.|pooler\."),
}


def tiny_model(name: str, **settings):
    """Return transformers' own classifier of a family, with the weights of a fixed seed, far from where they begin."""
    config = AutoConfig.for_model(name, num_labels=2, **{**TINY[name].settings, **settings})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = AutoModelForSequenceClassification.from_config(config)
        for parameter in model.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
    return model.eval()


def write_family(folder: Path, name: str, **settings) -> Path:
    """Write a family's tiny encoder, with a head of transformers' on top, and its tokenizer."""
    tiny_model(name, **settings).save_pretrained(folder)
    return write_tokenizer(folder)


def write_tokenizer(folder: Path, **settings) -> Path:
    """Write the word-level tokenizer."""
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    BertTokenizer(str(folder / "vocab.txt"), do_lower_case=True, **settings).save_pretrained(folder)
    return folder
