"""A passkey in memory: ES256, attestation `none`."""

import base64
import hashlib
import json
import os

from cryptography.hazmat.primitives.asymmetric import ec


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def text(value):
    return bytes([0x60 + len(value)]) + value.encode()


def registration(options, origin):
    """What a browser answers to the options of a registration."""
    challenge, site = options["challenge"], options["rp"]["id"]
    client = json.dumps({"type": "webauthn.create", "challenge": challenge, "origin": origin, "crossOrigin": False})
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    # COSE (RFC 9053): key type EC2, algorithm ES256, curve P-256, x, y.
    key = b"\xa5\x01\x02\x03\x26\x20\x01"
    key += b"\x21\x58\x20" + numbers.x.to_bytes(32) + b"\x22\x58\x20" + numbers.y.to_bytes(32)
    identifier = os.urandom(16)
    # User present and verified, attested credential data; counter 0; no model of authenticator.
    data = hashlib.sha256(site.encode()).digest() + b"\x45" + bytes(4) + bytes(16)
    data += len(identifier).to_bytes(2) + identifier + key
    attestation = b"\xa3" + text("fmt") + text("none") + text("attStmt") + b"\xa0"
    attestation += text("authData") + b"\x58" + bytes([len(data)]) + data
    return {
        "id": b64url(identifier),
        "rawId": b64url(identifier),
        "type": "public-key",
        "response": {"clientDataJSON": b64url(client.encode()), "attestationObject": b64url(attestation)},
        "clientExtensionResults": {},
        "authenticatorAttachment": "platform",
    }
