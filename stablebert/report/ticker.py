"""A line that is said again and again while work goes on."""

import shutil
import threading
import time
from collections.abc import Callable, Iterable
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
        before: Makes what goes before a line: a line's end, where others have left one open.
        end: What ends a line that stays.
    """

    def __init__(
        self,
        compose: Callable[[], str | None],
        stream: Stream,
        *,
        terminal: bool,
        before: Callable[[], str] = str,
        end: str = "\n",
    ) -> None:
        self._compose, self._stream, self._terminal = compose, stream, terminal
        self._before, self._end = before, end
        self._over, self._lock = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._said = time.monotonic()

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and leave no line half drawn."""
        self._over.set()
        self._thread.join()
        self.say(())

    def say(self, lines: Iterable[str]) -> None:
        """Write lines that stay, in the place of the one that is drawn."""
        with self._lock:
            self._write(("\r\033[K" if self._terminal else "") + "".join(f"{line}\n" for line in lines))

    def tick(self) -> None:
        """Look, and say the line where it is time to."""
        line = self._compose()
        now = time.monotonic()
        if line is None or not (self._terminal or now - self._said >= LINE):
            return
        self._said = now
        with self._lock:
            if self._terminal:
                self._write(f"{self._before()}\r\033[K{line[: shutil.get_terminal_size().columns - 1]}")
            else:
                self._write(f"{self._before()}{line}{self._end}")

    def _go_on(self) -> None:
        while not self._over.wait(LOOK):
            self.tick()

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
