"""What the tests of OAuth's extensions share: keys, proofs, assertions, and a client that has features by tag."""

import hashlib
import json
import os
import secrets
import time

import jwt
from browser import OAUTH, Browser, Relying, basic
from cryptography.hazmat.primitives.asymmetric import ec
from support import local_aws, make_app, serve_documents  # noqa: F401

API = "https://orders.example.com"
READ, WRITE = f"{API}/read", f"{API}/write"
MACHINE = {
    "GenerateSecret": True,
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["client_credentials"],
}


def error(page):
    return page.status, json.loads(page.body)["error"]


def tag(app, **tags):
    """Tags of the app's pool; `feature` is for the app's client, `everyone` for all."""
    names = {"feature": f"gatehouse:oauth:{app.client_id}", "everyone": "gatehouse:oauth"}
    names["keys"] = f"gatehouse:jwks-uri:{app.client_id}"
    arn = app.cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]["Arn"]
    app.cognito.tag_resource(ResourceArn=arn, Tags={names[name]: value for name, value in tags.items()})


def add_api(app):
    app.cognito.create_resource_server(
        UserPoolId=app.pool_id,
        Identifier=API,
        Name="orders",
        Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")],
    )


def post(endpoint, path, form, headers=None):
    """A call from a server: no cookie, no redirect."""
    form = {name: value for name, value in form.items() if value is not None}
    return Browser(endpoint).send("POST", path, form, headers)


class Key:
    """A P-256 key of a client."""

    def __init__(self, kid="one"):
        self.kid, self.private = kid, ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self):
        return json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.private.public_key()))

    def proof(self, method, url, token=None, **more):
        """A DPoP proof (RFC 9449 section 4)."""
        claims = {"jti": secrets.token_urlsafe(12), "htm": method, "htu": url, "iat": int(time.time())}
        if token:
            claims["ath"] = jwt.utils.base64url_encode(_sha256(token)).decode()
        headers = {"typ": "dpop+jwt", "jwk": self.jwk} | more.pop("headers", {})
        return {"DPoP": jwt.encode(claims | more, self.private, algorithm="ES256", headers=headers)}

    def assertion(self, client_id, audience, **more):
        """A client assertion (RFC 7523 section 3)."""
        now = int(time.time())
        claims = {"iss": client_id, "sub": client_id, "aud": audience, "iat": now, "exp": now + 60, "jti": secrets.token_hex()}
        claims = {name: value for name, value in (claims | more).items() if value is not None}
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(claims, self.private, algorithm="ES256", headers={"kid": self.kid}),
        }


def _sha256(text):
    import hashlib

    return hashlib.sha256(text.encode()).digest()


class Keys:
    """The address where a client publishes its keys."""

    def __init__(self, *keys):
        published = {"keys": [key.jwk | {"kid": key.kid, "use": "sig"} for key in keys]}
        self.server = serve_documents(lambda _: published)
        self.url = f"http://localhost:{self.server.server_port}/keys"


def relying_with(make_app, endpoint, feature, **client):
    """An OAuth client that has these features, and a browser."""
    app = make_app(**OAUTH | client)
    tag(app, feature=feature)
    return Relying(app, Browser(endpoint))


def secret_of(app):
    return basic(app.client_id, app.client["ClientSecret"])


def count_entries_anew():
    """Codes of devices that one network enters are counted by the hour, and tests enter more than people may."""
    client = local_aws("dynamodb")
    for network in ("127.0.0.1", "::1", ""):
        counted = hashlib.sha256(f"code entries {network} {int(time.time()) // 3600}".encode()).hexdigest()
        key = {"PK": {"S": f"ENTRIES#{counted}"}, "SK": {"S": "-"}}
        client.delete_item(TableName=os.environ["GATEHOUSE_TABLE"], Key=key)
