"""Writes sigv4.json: requests signed by botocore.

    pip install boto3==1.44.5 && python tests/vectors/sigv4.py

Some are whole requests of a boto3 client, caught before they are sent; others are made by hand to reach the corners
of the canonical form. The clock and the random ids stand still, so every run writes the same file.
"""

import base64
import datetime
import json
import uuid
from pathlib import Path
from unittest import mock

import boto3
import botocore.auth
from botocore.auth import SigV4Auth, _host_from_url
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials

OUT = Path(__file__).with_suffix(".json")
NOW = datetime.datetime(2026, 11, 24, 10, 20, 30)
KEY_ID, SECRET = "GHAKVECTORSVECTORS22", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TARGET = "AWSCognitoIdentityProviderService."


def record(name, request, region, service):
    """The request as the wire has it. What no signature covers and differs from machine to machine is left out."""
    method, url, headers, body = request.method, request.url, request.headers, request.body or b""
    path, _, query = ("/" + url.split("/", 3)[3]).partition("?")
    pairs = []
    for key in dict.fromkeys(k.lower() for k in headers.keys()):
        if key == "user-agent":
            continue
        values = headers.get_all(key) if hasattr(headers, "get_all") else [headers[key]]
        for value in values:
            pairs.append([key, value.decode() if isinstance(value, bytes) else value])
    if "host" not in dict(pairs):
        pairs.append(["host", _host_from_url(url)])
    body = body if isinstance(body, bytes) else body.encode()
    return {
        "name": name,
        "method": method,
        "path": path,
        "query": query,
        "region": region,
        "service": service,
        "headers": pairs,
        "body": base64.b64encode(body).decode(),
    }


def by_hand(name, method, url, headers, body=b"", region="us-east-1", service="cognito-idp"):
    request = AWSRequest(method=method, url=url, data=body)
    for key, value in headers:
        request.headers.add_header(key, value)
    SigV4Auth(Credentials(KEY_ID, SECRET), service, region).add_auth(request)
    return record(name, request, region, service)


def by_client(name, region, service, call, endpoint, credentials_secret=SECRET):
    client = boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=credentials_secret,
        config=Config(retries={"max_attempts": 0}),
    )
    caught = []

    def catch(request, **_):
        caught.append(request)
        return AWSResponse(request.url, 200, {}, mock.Mock(stream=lambda: iter([b"{}"])))

    client.meta.events.register("before-send", catch)
    call(client)
    return record(name, caught[0], region, service)


def vectors():
    json11 = ("Content-Type", "application/x-amz-json-1.1")
    target = ("X-Amz-Target", TARGET + "ListUserPools")
    yield by_client(
        "boto3 ListUserPools", "us-east-1", "cognito-idp",
        lambda c: c.list_user_pools(MaxResults=10), "http://localhost:9000",
    )
    yield by_client(
        "boto3 CreateUserPool with text beyond ASCII", "eu-west-1", "cognito-idp",
        lambda c: c.create_user_pool(PoolName="Kundschaft Zürich 秘密"), "https://id.example.com",
    )
    yield by_client(
        "boto3 of the identity service", "ap-southeast-2", "cognito-identity",
        lambda c: c.list_identity_pools(MaxResults=1), "https://id.example.com",
    )
    yield by_hand("bare", "POST", "http://localhost:9000/", [target, json11], b"{}")
    yield by_hand("no body", "GET", "https://id.example.com/", [])
    yield by_hand("default port", "POST", "https://id.example.com:443/", [target], b"{}")
    yield by_hand("path of its own", "POST", "https://id.example.com/user-pool/user-pools/ListUserPools", [target], b"{}")
    yield by_hand("path to normalize", "POST", "https://id.example.com/a//b/./c/../d%20e/", [target], b"{}")
    yield by_hand("query", "POST", "https://id.example.com/?b=2&a=%20x&a=1&empty=&A=%2F", [target], b"{}")
    yield by_hand("white space in headers", "POST", "https://id.example.com/", [target, ("X-Amz-Meta", "  a   b  ")], b"{}")
    yield by_hand(
        "repeated header", "POST", "https://id.example.com/",
        [target, ("X-Amz-Meta", "two"), ("X-Amz-Meta", "one")], b"{}",
    )
    yield by_hand("date header", "POST", "https://id.example.com/", [target, ("Date", "to be replaced")], b"{}")
    yield by_hand(
        "hash of the body in a header", "POST", "https://id.example.com/",
        [target, ("X-Amz-Content-SHA256", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")], b"{}",
    )
    yield by_hand("extension header", "POST", "https://id.example.com/", [target, ("X-Gatehouse-Id", "us-east-1_Gatehouse")], b"{}")
    yield by_hand("large body of bytes", "POST", "https://id.example.com/", [target], bytes(range(256)) * 64)


def main():
    with (
        mock.patch.object(botocore.auth, "get_current_datetime", lambda: NOW),
        mock.patch.object(uuid, "uuid4", lambda: uuid.UUID(int=0x5EED)),
    ):
        requests = list(vectors())
    out = {
        "now": NOW.strftime("%Y%m%dT%H%M%SZ"),
        "access_key_id": KEY_ID,
        "secret_access_key": SECRET,
        "requests": requests,
    }
    OUT.write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
