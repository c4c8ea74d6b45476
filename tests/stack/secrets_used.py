"""Which secrets a run has used, read from what clients and functions said to each other; and whether a log tells one.

A secret is a value whose name says so: a member of a JSON body, a field of a form or a query, a cookie, a header that
authenticates. A value is looked for as it is, as JSON and URLs escape it, and as base64 hides it.
"""

import base64
import html
import json
import os
import re
import subprocess
import tempfile
import urllib.parse

from . import wiretap
from .config import StackError

# Shorter ones are words of any log, and no secrets: passwords of eight characters are what a pool asks for at least.
SHORTEST = 8
# Of a long secret these many characters are looked for, in two places: logs cut long texts off.
PIECE = 32

_NAME = re.compile(
    r"(?i)password|secret|token|session|code|hash|signature|verifier|credential|csrf|assertion|answer|proof|ticket"
    r"|device_?key"
)
# Names that sound like secrets and are none.
_NO_SECRET = re.compile(
    r"(?i)token_?(type|use)|_token_type|validity|policy|code_challenge|secret_?id$|_endpoint|_supported|_ur[il]$"
    r"|response_type|(status|error|country|postal)_?code|session_?(name|id)$|claims?$"
)
_MEMBER = re.compile(rb'"([A-Za-z][\w:.-]{2,60})"\s*:\s*"((?:[^"\\]|\\.){4,})"')
_FIELD = re.compile(rb"(?<![\w.-])([A-Za-z][\w.-]{2,60})=([^&\s;\"'<>#]{4,})")
_INPUT = re.compile(rb'<input[^>]*?name="([\w.-]+)"[^>]*?value="([^"]{4,})"')
_COOKIE = re.compile(rb"(?im)^(?:set-)?cookie: *(.+?)\r?$")
_AUTHORIZATION = re.compile(rb"(?im)^(?:authorization|dpop): *(?:(bearer|basic|dpop) +)?(\S+)\r?$")
_CODE = re.compile(r"\d{6}|\d{8}")
# Digits that stand alone: in a longer number, an id or a time of day six digits mean nothing.
_DIGITS = re.compile(rb"(?<![\w.:+-])(?:\d{6}|\d{8})(?![\w:-]|\.\d)")


class Used:
    """Secrets that were used: long ones to be found anywhere, codes of digits only where they stand alone."""

    def __init__(self):
        self.texts, self.codes = {}, set()

    @classmethod
    def on(cls, wire):
        """Every secret that went over a wire (wiretap.py)."""
        used = cls()
        for stream in wiretap.conversations(wire):
            used.read(stream)
        return used

    def add(self, name, value):
        """Keeps a value, unless it is too short to be told from other words."""
        if _CODE.fullmatch(value):
            self.codes.add(value)
        elif len(value) >= SHORTEST and ("password" in name.lower() or not value.isalpha()):
            self.texts.setdefault(value, name)

    def read(self, stream):
        """Keeps what one side of a connection has said."""
        for pattern, plain in ((_MEMBER, _from_json), (_FIELD, _from_url), (_INPUT, _from_html)):
            for name, value in pattern.findall(stream):
                self._named(name.decode(), plain(value))
        for line in _COOKIE.findall(stream):
            for part in line.decode("latin-1").split(";"):
                name, _, value = part.strip().partition("=")
                if len(value) > 15:  # Attributes of cookies are shorter.
                    self.add(f"cookie {name}", value)
        for scheme, value in _AUTHORIZATION.findall(stream):
            self.add("Authorization", value.decode("latin-1"))
            if scheme.lower() == b"basic":
                self._basic(value)

    def _named(self, name, value):
        if _NAME.search(name) and not _NO_SECRET.search(name):
            self.add(name, value)
        elif value.startswith("{"):
            # JSON within JSON, such as the CREDENTIAL of a passkey.
            for inner, text in _MEMBER.findall(value.encode()):
                self._named(inner.decode(), _from_json(text))

    def _basic(self, value):
        try:
            user, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            return
        self.add("Authorization", urllib.parse.unquote(secret))

    def patterns(self):
        """What to look for, as bytes, with the name of the secret that it gives away."""
        found = {}
        for value, name in self.texts.items():
            for spelling in _spellings(value):
                if len(spelling) >= SHORTEST:
                    found.setdefault(spelling.encode(), name)
        return found


def _from_json(value):
    try:
        return json.loads(b'"' + value + b'"')
    except ValueError:
        return value.decode("latin-1")


def _from_url(value):
    return urllib.parse.unquote_plus(value.decode("latin-1"))


def _from_html(value):
    return html.unescape(value.decode("utf-8", "replace"))


def _pieces(value):
    """All of a short secret; of a long one two places that no other secret has. A JWT's first part is public; its signature
    comes from KMS in the other alphabet of base64."""
    if value.count(".") == 2 and value.startswith("eyJ"):
        _, payload, signature = value.split(".")
        signature = signature[:PIECE]
        return [payload[8 : 8 + PIECE * 2], signature, signature.replace("-", "+").replace("_", "/")]
    if len(value) <= PIECE * 2:
        return [value]
    middle = len(value) // 2
    return [value[middle : middle + PIECE], value[-PIECE:]]


def _spellings(value):
    for piece in filter(None, _pieces(value)):
        yield piece
        yield json.dumps(piece)[1:-1]
        yield json.dumps(piece, ensure_ascii=False)[1:-1]
        yield urllib.parse.quote(piece, safe="")
    if len(value) <= PIECE * 2:
        raw = value.encode()
        yield raw.hex()
        for offset in range(3):
            encoded = base64.b64encode(b"\0" * offset + raw).decode()
            # What depends on the neighbouring bytes is cut off.
            yield encoded[4 if offset else 0 : len(encoded) - 4]


def leaks(used, log):
    """(name of the secret, the line that tells it) for every line of a log's text that has one."""
    patterns = used.patterns()
    found = [(_told(line, patterns), line) for line in _lines_with(patterns, log)]
    for digits in _DIGITS.finditer(log):
        if digits.group().decode() in used.codes:
            begin, end = log.rfind(b"\n", 0, digits.start()) + 1, log.find(b"\n", digits.end())
            found.append(("a code", log[begin : end if end >= 0 else len(log)]))
    return [(name, line.decode(errors="replace")) for name, line in found]


def _lines_with(patterns, log):
    """The lines that have any of the patterns. There are tens of thousands of those: that is grep's trade."""
    if not patterns:
        return []
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"\n".join(pattern for pattern in patterns if b"\n" not in pattern))
        file.flush()
        command = ["grep", "--text", "--fixed-strings", f"--file={file.name}"]
        done = subprocess.run(command, input=log, capture_output=True, env=os.environ | {"LC_ALL": "C"})
    if done.returncode > 1:
        raise StackError(f"grep failed: {done.stderr.decode()}")
    return done.stdout.splitlines()


def _told(line, patterns):
    return next(name for pattern, name in patterns.items() if pattern in line)
