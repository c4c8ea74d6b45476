"""Writes encryption_sdk.json: messages as the AWS Encryption SDK for Python writes them.

    pip install aws-encryption-sdk==4.0.7 && python tests/vectors/encryption_sdk.py

The data key is chosen here, so that no KMS is needed to open the messages.
"""

import base64
import json
from pathlib import Path

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import Algorithm, CommitmentPolicy
from aws_encryption_sdk.key_providers.base import MasterKey, MasterKeyConfig
from aws_encryption_sdk.structures import DataKey, MasterKeyInfo

OUT = Path(__file__).with_suffix(".json")
KEY = bytes(range(32))
ARN = "arn:aws:kms:eu-west-1:123456789012:key/1"


class KnownConfig(MasterKeyConfig):
    provider_id = "aws-kms"

    def __init__(self):
        super().__init__(ARN)


class Known(MasterKey):
    """A master key whose data key is known."""

    provider_id = "aws-kms"
    _config_class = KnownConfig

    def _generate_data_key(self, algorithm, encryption_context):
        return DataKey(MasterKeyInfo("aws-kms", ARN), KEY, b"wrapped by KMS")

    def _encrypt_data_key(self, data_key, algorithm, encryption_context):
        raise NotImplementedError

    def _decrypt_data_key(self, encrypted_data_key, algorithm, encryption_context):
        raise NotImplementedError


def vector(plain, context, frame_length):
    client = aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    )
    message, _ = client.encrypt(
        source=plain.encode(),
        key_provider=Known(),
        encryption_context=context,
        frame_length=frame_length,
        algorithm=Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    )
    encoded = lambda data: base64.b64encode(data).decode()  # noqa: E731
    return {"key": encoded(KEY), "context": context, "plain": plain, "message": encoded(message)}


POOL = {"userpool-id": "eu-west-1_AbCdEfGhI"}
VECTORS = [
    vector("123456", POOL, 4096),
    vector("123456", {}, 4096),
    vector("", POOL, 4096),
    # Several frames, the last one shorter, or as long as the others.
    vector("Temporary-Pass-1 of a user with a long one: " + "x" * 300, POOL, 128),
    vector("0123456789abcdef" * 16, POOL | {"b": "2", "ä": "ö"}, 128),
]
OUT.write_text(json.dumps(VECTORS, indent=1, ensure_ascii=False) + "\n")
