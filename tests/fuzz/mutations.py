"""Small changes of valid files, of bytes and of plain data: what a disk, an editor or an enemy makes of them."""

import copy
import json
import random
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

# what parsers of text have stumbled over
TOKENS = (
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    "٣".encode(),
    "\u2028".encode(),
    b"\r",
    b"\r\n",
    b"\x1c",
    b'"',
    b"'",
    b",",
    b"\t",
    b"#",
    b"",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"-0",
    b"9" * 400,
    b"9" * 5000,
    b"a" * 140_000,
    b"[" * 3000,
    b'{"a":' * 3000,
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
    b"-1",
    b"0",
    b"1000000000000",
    b"../../x",
    b"/etc/passwd",
    b"..",
    b"%s%n{0}",
)
_SCALAR = re.compile(rb'"[^"\n]*"|[-+.\w]+')
# and what stands where something else was to stand
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**18,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    "..",
    "\0",
    "\ud800",
    "1e999",
    [],
    {},
    [[]],
    [None],
    {"a": None},
)


def mutate_bytes(content: bytes, draw: random.Random) -> bytes:
    """Return a file with one to four changes."""
    for _ in range(draw.randint(1, 4)):
        content = draw.choice(_CHANGES)(content, draw)
    return content


def mutate_data(data: Any, draw: random.Random) -> Any:
    """Return plain data with one to three changes; what was given is left as it is."""
    data = copy.deepcopy(data)
    for _ in range(draw.randint(1, 3)):
        places = list(_places(data))
        if not places:
            return draw.choice(VALUES)
        # what lies deep is much, and what lies high decides
        depth = draw.choice(sorted({len(place) for place in places}))
        *way, last = draw.choice([place for place in places if len(place) == depth])
        inner = data
        for step in way:
            inner = inner[step]
        _change(inner, last, draw)
    return data


def deep(levels: int) -> Any:
    """Return lists in lists."""
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


def files(*valid: bytes) -> st.SearchStrategy[bytes]:
    """Return changed files."""
    return st.builds(mutate_bytes, st.sampled_from(valid), st.randoms(use_true_random=False))


def data(*valid: Any) -> st.SearchStrategy[Any]:
    """Return changed plain data."""
    return st.builds(mutate_data, st.sampled_from(valid), st.randoms(use_true_random=False))


def changed_json(content: bytes, draw: random.Random) -> bytes:
    """Return a JSON file whose data have changed, and which is still one."""
    return json.dumps(mutate_data(json.loads(content), draw)).encode()


def _places(data: Any, way: tuple[Any, ...] = ()) -> Any:
    # of a long list the ends stand for the middle
    keys = list(data) if isinstance(data, dict) else [*range(min(len(data), 4))] if isinstance(data, list) else []
    for key in keys:
        yield (*way, key)
        yield from _places(data[key], (*way, key))


def _change(inner: Any, last: Any, draw: random.Random) -> None:
    what = draw.randrange(6)
    if what == 0:
        del inner[last]
    elif what == 1 and isinstance(inner, dict):
        inner[draw.choice(["x", "", "__class__"])] = inner[last]
    elif what == 2:
        inner[last] = [inner[last]]
    elif what == 3:
        inner[last] = deep(draw.choice([50, 400]))
    else:
        inner[last] = copy.deepcopy(draw.choice(VALUES))


def _flip(content: bytes, draw: random.Random) -> bytes:
    if not content:
        return b"\0"
    place = draw.randrange(len(content))
    return content[:place] + bytes([content[place] ^ (1 << draw.randrange(8))]) + content[place + 1 :]


def _cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randint(0, len(content))]


def _insert(content: bytes, draw: random.Random) -> bytes:
    place = draw.choice([0, len(content), draw.randint(0, len(content))])
    return content[:place] + draw.choice(TOKENS) + content[place:]


def _replace_scalar(content: bytes, draw: random.Random) -> bytes:
    found = list(_SCALAR.finditer(content))
    if not found:
        return content
    one = draw.choice(found)
    return content[: one.start()] + draw.choice(TOKENS) + content[one.end() :]


def _delete(content: bytes, draw: random.Random) -> bytes:
    first, last = sorted(draw.randint(0, len(content)) for _ in range(2))
    return content[:first] + content[last:]


def _lines(change: Callable[[list[bytes], random.Random], None]) -> Callable[[bytes, random.Random], bytes]:
    def changed(content: bytes, draw: random.Random) -> bytes:
        lines = content.splitlines(keepends=True)
        if lines:
            change(lines, draw)
        return b"".join(lines)

    return changed


def _twice(lines: list[bytes], draw: random.Random) -> None:
    place = draw.randrange(len(lines))
    lines.insert(place, lines[place])


def _without(lines: list[bytes], draw: random.Random) -> None:
    del lines[draw.randrange(len(lines))]


def _windows(lines: list[bytes], draw: random.Random) -> None:
    lines[:] = [line.rstrip(b"\r\n") + draw.choice([b"\r\n", b"\r"]) for line in lines]


_CHANGES = (_flip, _cut, _insert, _replace_scalar, _replace_scalar, _delete, *map(_lines, (_twice, _without, _windows)))
