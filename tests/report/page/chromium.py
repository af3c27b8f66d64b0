"""Chromium without a window, told what to do over two pipes: what a page looks like, and what it complains of.

Debian's, or else the one in Qt's wheel (extra `browser`), which `qt_chromium.py` puts behind the same pipes.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

INSTALLED = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_IN_WHEEL = find_spec("PySide6") and find_spec("PySide6.QtWebEngineWidgets")
_OF_WHEEL = [sys.executable, str(Path(__file__).with_name("qt_chromium.py"))]
PROGRAM = [INSTALLED] if INSTALLED else _OF_WHEEL if _IN_WHEEL else None
_WORDS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
)
# the browser reads from 3 and writes to 4, which subprocess itself may need: a small program puts the pipes there
_PLACED = """
import os, sys
ends = [os.dup(int(end)) for end in sys.argv[1:3]]
while min(ends) < 5:
    ends = [os.dup(end) for end in ends]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_ERRORS = ("error", "warning")


class Tab:
    """One page in a browser.

    Attributes:
        complaints: What the console has said that is no mere note, and what scripts have thrown.
    """

    def __init__(self, reading, writing):
        self._reading, self._writing = reading, writing
        self._number, self._session = 0, None
        self.complaints = []
        self._loaded = False
        # the one of the wheel speaks of its one page alone
        if INSTALLED:
            target = self.tell("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Log", "Runtime"):
            self.tell(f"{domain}.enable")

    def tell(self, method, **parameters):
        """Give one command and return its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._writing.write(json.dumps(message).encode() + b"\0")
        self._writing.flush()
        while True:
            heard = self._hear()
            if heard.get("id") == self._number:
                if "error" in heard:
                    raise RuntimeError(f"{method}: {heard['error']}")
                return heard["result"]

    def look(self, *, width=1440, height=900, dark=False, scripts=True, media="screen"):
        """Set what the page is looked at with."""
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.tell("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.tell("Emulation.setScrollbarsHidden", hidden=True)

    def open(self, path):
        """Open a file, and return when it is loaded."""
        self._loaded = False
        self.tell("Page.navigate", url=path.resolve().as_uri())
        while not self._loaded:
            self._hear()

    def ask(self, expression):
        """Return the value of an expression in the page, of a promise what it comes to.

        It is the browser's own question, which no policy forbids.
        """
        answer = self.tell("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def press_tab(self):
        """Move the focus on, as a key does."""
        for kind in ("rawKeyDown", "keyUp"):
            self.tell("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)

    def shot(self, path):
        """Write a picture of the whole page."""
        shown = self.tell("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shown["data"]))

    def _hear(self):
        letters = bytearray()
        while (letter := self._reading.read(1)) != b"\0":
            if not letter:
                raise RuntimeError("chromium has ended")
            letters += letter
        heard = json.loads(letters)
        name, given = heard.get("method"), heard.get("params", {})
        self._loaded = self._loaded or name == "Page.loadEventFired"
        if name == "Log.entryAdded" and given["entry"]["level"] in _ERRORS:
            self.complaints.append(given["entry"]["text"])
        if name == "Runtime.exceptionThrown" or (name == "Runtime.consoleAPICalled" and given["type"] in _ERRORS):
            self.complaints.append(json.dumps(given))
        return heard


@contextmanager
def chromium():
    """Give a tab of a browser that ends with the block."""
    their_input, our_output = os.pipe()
    our_input, their_output = os.pipe()
    with TemporaryDirectory() as profile:
        words = [sys.executable, "-c", _PLACED, str(their_input), str(their_output)]
        words += [*PROGRAM, *_WORDS, "--remote-debugging-pipe", f"--user-data-dir={profile}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(words, pass_fds=(their_input, their_output), **quiet)
        os.close(their_input)
        os.close(their_output)
        try:
            with os.fdopen(our_input, "rb") as reading, os.fdopen(our_output, "wb") as writing:
                yield Tab(reading, writing)
        finally:
            process.terminate()
            process.wait()
