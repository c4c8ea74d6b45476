"""The mailbox: what the local AWS would have sent by e-mail and SMS, at a local URL."""

import html
import json
import re
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Gatehouse mailbox</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="3">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1f24; background: #fff; }}
article {{ border: 1px solid #8c959f; border-radius: 6px; padding: .75rem 1rem; margin: 1rem 0; }}
h2 {{ font-size: 1rem; margin: 0; }} pre {{ white-space: pre-wrap; font: inherit; margin: .5rem 0 0; }}
strong {{ font-size: 1.25rem; letter-spacing: .1em; }} p {{ margin: 0; color: #424a53; }}
</style></head><body><h1>Mailbox</h1>{messages}</body></html>
"""


def message(channel, to, subject, body):
    """One message as the mailbox shows it."""
    code = _CODE.search(body)
    return {"channel": channel, "to": to, "subject": subject, "body": body, "code": code and code.group()}


class Mailbox:
    """The messages of one local AWS, oldest first."""

    def __init__(self, aws_url, on_message=None):
        self._aws_url = aws_url
        self._on_message = on_message
        self._lock = threading.Lock()
        self._messages = []
        self._seen = set()

    def refresh(self, announce=True):
        """Takes over what is new since the last time."""
        with self._lock:
            for identifier, found in [*self._emails(), *self._texts()]:
                if identifier in self._seen:
                    continue
                self._seen.add(identifier)
                self._messages.append(found | {"received": time.time()})
                if announce and self._on_message:
                    self._on_message(found)

    def messages(self, to=None):
        """Newest first; those to one address where `to` is given."""
        self.refresh()
        return [found for found in reversed(self._messages) if to is None or found["to"] == to]

    def _emails(self):
        for sent in self._get("ses/messages")["messages"].values():
            for record in sent:
                body = record["BodyText"] or record["BodyHtml"] or ""
                for number, to in enumerate(record["To"]):
                    yield (record["MessageId"], number), message("email", to, record["Subject"], body)

    def _texts(self):
        for number, sent in self._get("sns/sms-messages")["sms_messages"].items():
            for record in sent:
                yield (record["MessageId"], number), message("sms", number, None, record["Message"])

    def _get(self, path):
        with _OPENER.open(f"{self._aws_url}/_ministack/{path}", timeout=10) as response:
            return json.load(response)


def page(messages):
    """The messages as a page for people; what they say is text, whatever it looks like."""
    parts = []
    for found in messages:
        code = f"<p>Code <strong>{found['code']}</strong></p>" if found["code"] else ""
        clock = time.strftime("%H:%M:%S", time.localtime(found["received"]))
        heading = html.escape(found["subject"] or "SMS")
        parts.append(
            f"<article><h2>{heading}</h2><p>to {html.escape(found['to'])} at {clock}</p>"
            f"{code}<pre>{html.escape(found['body'])}</pre></article>"
        )
    return PAGE.format(messages="".join(parts) or "<p>Nothing yet.</p>")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path != "/":
            return self._answer(404, "application/json", json.dumps({"message": "Not Found"}))
        # A page of another site must not read codes by naming this server with a name of its own.
        if self.headers.get("host", "").rsplit(":", 1)[0] not in ("localhost", "127.0.0.1"):
            return self._answer(403, "application/json", json.dumps({"message": "Forbidden"}))
        try:
            found = self.server.mailbox.messages(to=parse_qs(url.query).get("to", [None])[0])
        except OSError as error:
            return self._answer(502, "application/json", json.dumps({"message": f"no local AWS: {error}"}))
        if "text/html" in self.headers.get("accept", ""):
            return self._answer(200, "text/html; charset=utf-8", page(found))
        return self._answer(200, "application/json", json.dumps(found, indent=1, ensure_ascii=False))

    def _answer(self, status, content_type, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def serve(mailbox, port):
    """Serves the mailbox on `port` from a thread of its own; returns the server, to be shut down."""
    server = _Server(("127.0.0.1", port), _Handler)
    server.mailbox = mailbox
    threading.Thread(target=server.serve_forever, name="mailbox", daemon=True).start()
    return server
