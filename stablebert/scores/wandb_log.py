"""W&B's own file of a run, `run-ID.wandb`: what an offline run leaves, read without wandb.

A log of records in LevelDB's form (blocks of 32 KiB, each piece with a checksum), each a message of protocol buffers,
of which only the few fields are known here that say what a run was, what it logged, and how it ended.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MARK = b":W&B"
_BLOCK = 32 * 1024
# checksum, length and type of a piece; a record is one whole piece, or a first, some middle ones and a last
_PIECE = struct.Struct("<IHB")
_WHOLE, _LAST = 1, 4
# fields of wandb's messages
_HISTORY, _SUMMARY, _CONFIG, _RUN, _EXIT = 2, 3, 5, 17, 18
_RUN_CONFIG, _RUN_NAME = 4, 8
_UPDATE, _EXIT_CODE = 1, 1
_KEY, _NESTED_KEY, _VALUE = 1, 2, 16


@dataclass(frozen=True)
class WandbRun:
    """What a run has logged.

    Attributes:
        name: As its user or W&B has named it.
        config: Its settings by name.
        logged: What was logged last under each name or is in the summary, without what is no number.
        exit_code: That of its process; None where it has not ended, or not said so.
    """

    name: str
    config: Mapping[str, Any]
    logged: Mapping[str, float]
    exit_code: int | None


def read_wandb(path: Path) -> WandbRun:
    """Return the run of a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no log of W&B, or a piece of it is damaged.
    """
    name, exit_code = "", None
    config: dict[str, Any] = {}
    logged: dict[str, float] = {}
    for record in _records(path.read_bytes()):
        for field, found in _fields(record):
            if field == _RUN:
                run = dict(_fields(found))
                name = run.get(_RUN_NAME, b"").decode()
                config.update(_items(run.get(_RUN_CONFIG, b""), _UPDATE))
            elif field == _CONFIG:
                config.update(_items(found, _UPDATE))
            elif field in (_HISTORY, _SUMMARY):
                numbers = {key: value for key, value in _items(found, _UPDATE) if isinstance(value, int | float)}
                logged.update(numbers)
            elif field == _EXIT:
                exit_code = dict(_fields(found)).get(_EXIT_CODE, 0)
    return WandbRun(name, config, logged, exit_code)


def _records(content: bytes) -> Iterator[bytes]:
    """Yield the records; one that was being written when its process died, at the end, is none."""
    if not content.startswith(_MARK):
        raise ValueError("it does not begin as a log of W&B")
    place, record = len(_MARK) + 3, b""
    while place + _PIECE.size <= len(content):
        left = _BLOCK - place % _BLOCK
        if left < _PIECE.size:
            place += left
            continue
        checksum, length, kind = _PIECE.unpack_from(content, place)
        piece = content[place + _PIECE.size : place + _PIECE.size + length]
        if len(piece) < length:
            return
        if zlib.crc32(piece, zlib.crc32(bytes([kind]))) != checksum:
            raise ValueError(f"the piece at byte {place} is not as it was written")
        place += _PIECE.size + length
        record += piece
        if kind in (_WHOLE, _LAST):
            yield record
            record = b""


def _items(message: bytes, repeated: int) -> Iterator[tuple[str, Any]]:
    """Yield names and values, a nested name as W&B shows it, `outer.inner`."""
    for field, item in _fields(message):
        if field == repeated:
            parts = [
                (number, found.decode()) for number, found in _fields(item) if number in (_KEY, _NESTED_KEY, _VALUE)
            ]
            name = ".".join(text for number, text in parts if number != _VALUE)
            values = [text for number, text in parts if number == _VALUE]
            if not values:
                raise ValueError(f"{name!r} stands there without a value")
            yield name, json.loads(values[0])


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Yield the numbers and values of a message's fields: whole numbers, or bytes."""
    place = 0
    while place < len(message):
        tag, place = _whole_number(message, place)
        if tag & 7 == 0:
            value, place = _whole_number(message, place)
            yield tag >> 3, value
            continue
        if tag & 7 == 2:
            length, place = _whole_number(message, place)
        else:
            length = {1: 8, 5: 4}[tag & 7]
        yield tag >> 3, message[place : place + length]
        place += length


def _whole_number(message: bytes, place: int) -> tuple[int, int]:
    number, shift = 0, 0
    while True:
        byte = message[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place
