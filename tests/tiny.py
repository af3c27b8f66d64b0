"""A tiny encoder and a tiny task, made on the spot."""

import json
from pathlib import Path

from stablebert.tasks import TaskCard
from stablebert.tasks.rows import Row, Splits
from stablebert.tasks.task import Task, task_of

WORDS = [
    "good",
    "fine",
    "great",
    "bad",
    "poor",
    "awful",
    "the",
    "a",
    "film",
    "plot",
    "was",
    "very",
    "not",
    "and",
    "text",
    "of",
    "in",
    "it",
    "is",
    "with",
    "one",
    "two",
    "three",
    "four",
]


def write_tiny_encoder(folder: Path, *, layers: int = 2, hidden: int = 16, pickle: bool = False) -> Path:
    """Write a BERT with weights from a fixed seed, and a word-level tokenizer."""
    import torch
    from transformers import BertConfig, BertModel

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        intermediate_size=2 * hidden,
        max_position_embeddings=64,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BertModel(config)
        for parameter in model.parameters():
            parameter.data += 0.05 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    if pickle:
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    return folder


def rows(number: int, start: int = 0, *, regression: bool = False) -> tuple[Row, ...]:
    """Return texts of varied length whose label stands in one word."""
    made = []
    for index in range(start, start + number):
        kind = index % 2
        word = WORDS[3 * kind + index % 3]
        filler = " ".join(WORDS[6 + (index * step) % 18] for step in range(1, 2 + index % 7))
        label = float(kind * 2 + 0.1 * (index % 3)) if regression else kind
        made.append(Row(f"{filler} {word} {index}", None, label))
    return tuple(made)


def tiny_task(*, regression: bool = False, train: int = 80) -> Task:
    """Return a task of a few short texts in two classes, or with a number as target."""
    labels = () if regression else ("bad", "good")
    card = TaskCard("trec", "embedded", "spearman" if regression else "accuracy", labels, "test")
    parts = (
        rows(train, regression=regression),
        rows(24, 100, regression=regression),
        rows(30, 200, regression=regression),
    )
    return task_of(card, Splits(*parts))
