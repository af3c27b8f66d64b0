"""An encoder: a BERT of two blocks that is drawn once and kept in a folder."""

import json
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from own_things.parity import ANIMALS, THINGS


def dwarf() -> Path:
    """Return the folder of the encoder, written on the first call: configuration, safetensors, tokenizer."""
    folder = Path(gettempdir()) / "own-things-dwarf"
    if not folder.is_dir():
        # written whole: several workers may ask for it at once, and the first one's stands
        part = Path(mkdtemp(prefix="own-things-", dir=folder.parent))
        _write(part)
        with suppress(OSError):
            part.rename(folder)
    return folder


def _write(folder: Path) -> None:
    import torch
    from transformers import BertConfig, BertModel

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *ANIMALS, *THINGS]
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=32,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    tokenizer = {"tokenizer_class": "BertTokenizer", "do_lower_case": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer), encoding="utf-8")
