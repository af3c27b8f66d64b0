"""A line that is said again and again while work goes on."""

import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, Self

# seconds between two looks, and between two lines that stay
LOOK, LINE = 1.0, 60.0


class Stream(Protocol):
    """What is written to."""

    def write(self, text: str, /) -> object:
        """Write."""

    def flush(self) -> object:
        """Let it be seen."""


class Ticker:
    """Says a line while its context is open, from a thread of its own: redrawn on a terminal, else one a minute.

    Args:
        compose: Makes the line; None says nothing.
        stream: Where it is written; nothing else may catch what is written there.
        terminal: Whether a line can be redrawn.
        among: Whether others write to the same place, and leave lines open.
    """

    def __init__(
        self, compose: Callable[[], str | None], stream: Stream, *, terminal: bool, among: bool = False
    ) -> None:
        self._compose, self._stream, self._terminal, self._among = compose, stream, terminal, among
        self._over, self._lock = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._said, self._drawn = time.monotonic(), False

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and leave nothing drawn."""
        self._over.set()
        self._thread.join()
        self.say()

    def say(self, *lines: str) -> None:
        """Take away the line that is drawn, and write others in its place, which stay."""
        with self._lock:
            self._write(("\r\033[K" if self._drawn else "") + "".join(f"{line}\n" for line in lines))
            self._drawn = False

    def tick(self) -> None:
        """Look, and say the line where it is time to."""
        line, now = self._compose(), time.monotonic()
        if line is None or not (self._terminal or now - self._said >= LINE):
            return
        with self._lock:
            start = "\n" if self._among and not self._drawn else ""
            if self._terminal:
                self._write(f"{start}\r\033[K{line[: shutil.get_terminal_size().columns - 1]}")
            else:
                self._write(f"{start}{line}\n")
            self._said, self._drawn = now, self._terminal

    def _go_on(self) -> None:
        # whoever read the lines may have gone, and the work goes on without them
        with suppress(OSError):
            while not self._over.wait(LOOK):
                self.tick()

    def _write(self, text: str) -> None:
        if text:
            self._stream.write(text)
            self._stream.flush()
