"""W&B's own files of runs, written offline by wandb 0.31.0: what each says, and none of what is damaged."""

import struct
import zlib
from pathlib import Path

import pytest

from stablebert.scores import TableError, exported_rows
from stablebert.scores.wandb_log import read_wandb

WRITTEN = Path(__file__).with_name("exported") / "wandb-0.31.0"
BLOCK = 32 * 1024


def rows(path, score="test/accuracy", seed=None):
    return [dict(row.values) for row in exported_rows([path], score, seed)]


def message(*fields):
    """Return a message of protocol buffers: numbers and texts or messages, none above 127 bytes' length but by two."""
    content = b""
    for number, value in fields:
        value = value.encode() if isinstance(value, str) else value
        content += varint(number << 3 | 2) + varint(len(value)) + value
    return content


def varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def log(*records):
    """Return the log of records, cut into pieces at the ends of blocks as LevelDB does."""
    content = b":W&B\xe1\xbe\x00"
    for record in records:
        first = True
        while first or record:
            left = BLOCK - len(content) % BLOCK
            if left < 7:
                content += bytes(left)
                continue
            piece, record = record[: left - 7], record[left - 7 :]
            kind = (1 if first else 4) if not record else (2 if first else 3)
            content += struct.pack("<IHB", zlib.crc32(piece, zlib.crc32(bytes([kind]))), len(piece), kind) + piece
            first = False
    return content


def logged(**values):
    return message((2, b"".join(message((1, message((2, name), (16, value)))) for name, value in values.items())))


def test_a_run_has_its_name_settings_numbers_and_end():
    run = read_wandb(WRITTEN / "ended.wandb")
    assert (run.name, run.config["optimizer"], run.exit_code) == ("ended-seed-7", {"lr": 2e-5}, 0)
    # the last of what was logged, a nested name as W&B shows it, and what only the summary has
    assert (run.logged["eval.accuracy"], run.logged["test/accuracy"]) == (0.7, 0.65)
    assert str(run.logged["loss"]) == "nan"
    assert rows(WRITTEN / "ended.wandb") == [
        {"seed": "7", "score": 0.65, "failed": False, "failed_reason": ""},
    ]


def test_a_run_that_raised_has_failed_whatever_it_has_logged():
    (row,) = rows(WRITTEN / "raised.wandb")
    assert (row["failed"], row["failed_reason"]) == (True, "exit code 1")
    assert rows(WRITTEN / "raised.wandb", "never/logged")[0]["failed"]


def test_a_run_without_an_end_is_no_run(tmp_path):
    with pytest.raises(TableError, match="has not ended, or was killed"):
        rows(WRITTEN / "killed.wandb")
    # cut anywhere before the end, as of a process that was killed while it wrote
    content = (WRITTEN / "ended.wandb").read_bytes()
    for length in range(7, len(content) - 60, 50):
        (tmp_path / "cut.wandb").write_bytes(content[:length])
        with pytest.raises(TableError, match="has not ended, or was killed"):
            rows(tmp_path / "cut.wandb")


def test_a_changed_byte_is_an_error(tmp_path):
    content = (WRITTEN / "ended.wandb").read_bytes()
    for place in range(0, len(content), 37):
        damaged = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        (tmp_path / "bad.wandb").write_bytes(damaged)
        if place < 4 or place > 6:
            with pytest.raises(TableError, match="not as it was written|does not begin|has not ended"):
                rows(tmp_path / "bad.wandb")


def test_what_it_does_not_say_is_an_error_that_lists_what_it_does():
    with pytest.raises(TableError, match="has no 'acc'; it has .*eval.accuracy"):
        rows(WRITTEN / "ended.wandb", "acc")
    with pytest.raises(TableError, match="its config has no 'torch_seed'; it has .*optimizer"):
        rows(WRITTEN / "ended.wandb", seed="torch_seed")


@pytest.mark.parametrize("length", [10, BLOCK - 40, BLOCK - 14, BLOCK, 3 * BLOCK])
def test_records_go_over_the_ends_of_blocks(tmp_path, length):
    config = message((1, message((1, "seed"), (16, "3"))))
    ended = message((18, b"\x10\x01"))
    run = message((17, message((1, "id"), (4, config), (8, "mine"))))
    (tmp_path / "a.wandb").write_bytes(log(run, logged(text=f'"{"x" * length}"', acc="0.5"), logged(acc="0.9"), ended))
    # the seed of the settings goes before one in the name
    assert rows(tmp_path / "a.wandb", "acc") == [{"seed": 3, "score": 0.9, "failed": False, "failed_reason": ""}]


def test_what_is_no_message_is_an_error(tmp_path):
    (tmp_path / "a.wandb").write_bytes(log(b"\x8a\x01\xff\xff"))
    with pytest.raises(TableError, match=r"a\.wandb"):
        rows(tmp_path / "a.wandb")
