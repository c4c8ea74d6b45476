"""Writes saml.json: responses of a SAML identity provider, signed by signxml.

    PYTHONPATH=tests/clients/python .venv/bin/python tests/vectors/saml.py

The clock stands still; the key is another with every run.
"""

import datetime
import json
from pathlib import Path
from unittest import mock

from lxml import etree
from saml_support import AWS, ENTITY, RECIPIENT, Provider

OUT = Path(__file__).with_suffix(".json")


class Noon(datetime.datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, zone=None):
        return cls(2026, 11, 23, 12, 0, 0, tzinfo=zone)


def main():
    now = int(Noon.now(datetime.UTC).timestamp())
    with mock.patch.object(datetime, "datetime", Noon):
        provider = Provider()
        response = provider.response("ann@example.com", {"team": ["red", "green"]})
        signed = {part: etree.tostring(provider.signed(response, part)).decode() for part in ("assertion", "response")}
        metadata = provider.metadata()
    vectors = {
        "now": now,
        "issuer": ENTITY,
        "audience": AWS,
        "recipient": RECIPIENT,
        "subject": "ann@example.com",
        "metadata": metadata,
        "responses": signed,
    }
    OUT.write_text(json.dumps(vectors, indent=1) + "\n")


main()
