"""The Chromium in Qt's wheel, driven as Debian's is: commands from pipe 3, what it says to pipe 4."""

import os
import socket
import sys

COMMANDS, SAID = 3, 4


def free_port():
    """Return a port that nobody listens at; Qt takes no 0, and does not say which it has taken."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def main(words):
    """Show one empty page without a screen, and hand messages between the pipes and its DevTools until told no more."""
    from PySide6.QtCore import QSocketNotifier, QUrl
    from PySide6.QtWebEngineWidgets import QWebEngineView
    from PySide6.QtWebSockets import QWebSocket
    from PySide6.QtWidgets import QApplication

    port = free_port()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QTWEBENGINE_REMOTE_DEBUGGING"] = f"127.0.0.1:{port}"
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = " ".join(words)
    application = QApplication([])
    view = QWebEngineView()
    view.setUrl(QUrl("about:blank"))
    view.show()
    line = QWebSocket()
    notifier = QSocketNotifier(COMMANDS, QSocketNotifier.Type.Read)
    notifier.setEnabled(False)
    rest = bytearray()

    def relay():
        heard = os.read(COMMANDS, 1 << 16)
        if not heard:
            application.quit()
        *whole, rest[:] = (rest + heard).split(b"\0")
        for message in whole:
            line.sendTextMessage(message.decode())

    def pass_on(message):
        with open(SAID, "wb", closefd=False) as pipe:
            pipe.write(message.encode() + b"\0")

    # a command waits in its pipe until there is someone to tell
    line.connected.connect(lambda: notifier.setEnabled(True))
    line.disconnected.connect(application.quit)
    notifier.activated.connect(relay)
    line.textMessageReceived.connect(pass_on)
    line.open(QUrl(f"ws://127.0.0.1:{port}/devtools/page/{view.page().devToolsId()}"))
    return application.exec()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
