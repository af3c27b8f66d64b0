"""A fake of the part of GitHub's API that comments need, on this machine's loopback."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

BOT = {"login": "github-actions[bot]", "type": "Bot"}
TOKEN = "ghs_planted0secret"


class FakeGitHub:
    """Comments of pull request 7 of owner/name, and what was asked.

    Attributes:
        comments: As the API shows them.
        asked: Method and path of each request.
        answers: Statuses or bodies by method; each is given once, in order, in the place of the proper answer.
        login: Of the token, None for a workflow's own, which may not ask.
    """

    def __init__(self):
        self.comments, self.asked, self.answers, self.tokens = [], [], {}, set()
        self.login, self.does_anyway = None, False

    def add(self, body, author=None):
        number = len(self.comments) + 1
        self.comments.append({"id": number, "body": body, "user": author or BOT})
        return number

    def answer(self, method, path, data):
        """Return the status and the body of an answer."""
        where = urlsplit(path)
        self.asked.append((method, where.path))
        planted = self.answers.get(method, [])
        if planted:
            if self.does_anyway:
                self._proper(method, where, data)
            found = planted.pop(0)
            return found if isinstance(found, tuple) else (found, json.dumps({"message": f"refused, says {found}"}))
        status, body = self._proper(method, where, data)
        return status, json.dumps(body)

    def _proper(self, method, where, data):
        if where.path == "/user":
            return (200, {"login": self.login}) if self.login else (403, {"message": "not accessible"})
        if (method, where.path) == ("GET", "/repos/owner/name/issues/7/comments"):
            query = parse_qs(where.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.comments[size * (page - 1) : size * page]
        if (method, where.path) == ("POST", "/repos/owner/name/issues/7/comments"):
            self.add(data["body"], {"login": self.login, "type": "User"} if self.login else BOT)
            return 201, self.comments[-1]
        found = [one for one in self.comments if where.path == f"/repos/owner/name/issues/comments/{one['id']}"]
        if method == "PATCH" and found:
            found[0]["body"] = data["body"]
            return 200, found[0]
        return 404, {"message": "Not Found"}

    @contextmanager
    def served(self):
        """Serve it, and give its address."""
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self):
                length = int(self.headers.get("Content-Length") or 0)
                data = json.loads(self.rfile.read(length)) if length else None
                fake.tokens.add(self.headers["Authorization"])
                status, body = fake.answer(self.command, self.path, data)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", body)
                    body = ""
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = do_PATCH = _any

            def log_message(self, *given):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
