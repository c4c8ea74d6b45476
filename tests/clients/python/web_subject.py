"""An endpoint of OAuth or a page in a function of its own; see operation_subject.py."""

import base64
import html
import json
import re
from urllib.parse import parse_qsl, urlsplit

from event_support import ROOT
from operation_subject import Subject

ALERT = re.compile(r'role="alert" id="alert">(.*?)</p>')
WORDS = {
    text.strip(): key.strip()
    for key, _, text in (line.partition(" = ") for line in (ROOT / "shared/locales/en.ftl").read_text().splitlines())
}


class WebSubject(Subject):
    """What is told is an error's name as OAuth has it, or the key of a page's text."""

    INTERNAL = frozenset({(500, "server_error"), (500, "error-generic"), (303, "server_error")})
    BUSY = frozenset({(503, "temporarily_unavailable"), (503, "error-busy"), (303, "temporarily_unavailable")})
    UNSENT = frozenset({(400, "error-delivery")})

    def __init__(self, operation):
        super().__init__(operation, operation.service)

    def send(self, sent, trouble=None):
        """The status and error that are answered; None for success, "died" for nothing at all."""
        answer = self.invoke(sent.event(), trouble)
        return "died" if answer is None else told(answer)


def text_of(answer):
    body = answer.get("body") or ""
    return base64.b64decode(body).decode() if answer.get("isBase64Encoded") else body


def told(answer):
    """The status and error that a client or a person is told; None for success."""
    body = text_of(answer)
    status = answer["statusCode"]
    headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
    if status == 303:
        said = dict(parse_qsl(urlsplit(headers["location"]).query))
        return (status, said["error"]) if "error" in said else None
    if "json" in headers.get("content-type", ""):
        return None if status < 300 else (status, json.loads(body)["error"])
    if problem := ALERT.search(body):
        text = html.unescape(problem[1])
        return status, WORDS.get(text, text.split(":")[0])
    return None if status == 200 else (status, body)
