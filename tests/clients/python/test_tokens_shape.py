"""What tokens say, claim by claim, and that a library which we did not write believes them."""

import os
import re
import time

import jwt
import pytest
from support import attributes, claims, header, make_app

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SCHEMA = [
    {"Name": "plan", "AttributeDataType": "String", "Mutable": True},
    {"Name": "seats", "AttributeDataType": "Number", "Mutable": True},
    {"Name": "vip", "AttributeDataType": "Boolean", "Mutable": True},
]
GIVEN = {
    "email": "ann@example.com",
    "email_verified": "true",
    "phone_number": "+15550100",
    "name": "Ann Example",
    "birthdate": "2000-02-29",
    "locale": "de-CH",
    "zoneinfo": "Europe/Zurich",
    "updated_at": "1700000000",
    "address": "1 Example Street",
    "custom:plan": "gold",
    "custom:seats": "7",
    "custom:vip": "true",
}


@pytest.fixture
def signed_in(make_app):
    app = make_app(pool={"Schema": SCHEMA})
    name = app.user(**GIVEN)
    return app, name, app.tokens(name)


def issuer(app):
    return f"{os.environ['GATEHOUSE_ISSUER_BASE']}/{app.pool_id}"


def test_the_id_token(signed_in):
    app, name, tokens = signed_in
    told = claims(tokens["IdToken"])
    for claim in ("jti", "origin_jti", "event_id"):
        assert re.fullmatch(UUID, told.pop(claim)), claim
    for claim in ("auth_time", "iat"):
        assert abs(told.pop(claim) - time.time()) < 10, claim
    assert told.pop("exp") > time.time() + 3500
    assert told == {
        "sub": attributes(app.get(name))["sub"],
        "aud": app.client_id,
        "iss": issuer(app),
        "token_use": "id",
        "cognito:username": name,
        "email": "ann@example.com",
        # As OpenID Connect has them: a boolean, a number, a structure.
        "email_verified": True,
        "updated_at": 1700000000,
        "address": {"formatted": "1 Example Street"},
        "phone_number": "+15550100",
        "name": "Ann Example",
        "birthdate": "2000-02-29",
        "locale": "de-CH",
        "zoneinfo": "Europe/Zurich",
        # As Cognito has them: always text.
        "custom:plan": "gold",
        "custom:seats": "7",
        "custom:vip": "true",
    }


def test_the_access_token(signed_in):
    app, name, tokens = signed_in
    told = claims(tokens["AccessToken"])
    for claim in ("jti", "origin_jti", "event_id"):
        assert re.fullmatch(UUID, told.pop(claim)), claim
    for claim in ("auth_time", "iat"):
        assert abs(told.pop(claim) - time.time()) < 10, claim
    assert told.pop("exp") > time.time() + 3500
    assert told == {
        "sub": attributes(app.get(name))["sub"],
        "iss": issuer(app),
        "client_id": app.client_id,
        "username": name,
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "version": 2,
    }


def test_both_tokens_belong_to_one_sign_in(signed_in):
    app, name, tokens = signed_in
    identity, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    for claim in ("sub", "iss", "origin_jti", "event_id", "auth_time", "iat"):
        assert identity[claim] == access[claim], claim
    assert identity["jti"] != access["jti"]
    another = claims(app.tokens(name)["AccessToken"])
    assert another["origin_jti"] != access["origin_jti"]
    assert another["sub"] == access["sub"]


def test_a_library_verifies_both_against_the_published_keys(signed_in, http):
    app, _, tokens = signed_in
    published = {key["kid"]: key for key in http("GET", f"/{app.pool_id}/.well-known/jwks.json").json["keys"]}
    kids = {}
    for use, audience in (("IdToken", app.client_id), ("AccessToken", None)):
        token = tokens[use]
        assert set(header(token)) == {"kid", "alg"} and header(token)["alg"] == "RS256"
        kids[use] = header(token)["kid"]
        key = jwt.PyJWK(published[kids[use]]).key
        checked = jwt.decode(token, key, algorithms=["RS256"], issuer=issuer(app), audience=audience)
        assert checked == claims(token)
        other = tokens["AccessToken" if use == "IdToken" else "IdToken"]
        forged = ".".join(token.split(".")[:2] + other.split(".")[2:])
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(forged, key, algorithms=["RS256"], audience=audience)
    # An access token can never pass for an ID token, not even where nobody looks at token_use.
    assert kids["IdToken"] != kids["AccessToken"]


def test_what_a_relying_party_finds(make_pool, http):
    pool = make_pool()
    base = f"{os.environ['GATEHOUSE_ISSUER_BASE']}/{pool['Id']}"
    answer = http("GET", f"/{pool['Id']}/.well-known/openid-configuration")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "max-age" in answer.headers["cache-control"]
    assert answer.json["issuer"] == base
    assert answer.json["jwks_uri"] == f"{base}/.well-known/jwks.json"
    assert answer.json["id_token_signing_alg_values_supported"] == ["RS256"]
    assert answer.json["subject_types_supported"] == ["public"]
    keys = http("GET", f"/{pool['Id']}/.well-known/jwks.json")
    assert keys.headers["content-type"] == "application/json"
    assert "max-age" in keys.headers["cache-control"]


@pytest.mark.parametrize("pool", ["us-east-1_Nowhere00", "nonsense", "us-east-1_", "%2e%2e"])
@pytest.mark.parametrize("document", ["jwks.json", "openid-configuration"])
def test_a_pool_that_does_not_exist_publishes_nothing(http, pool, document):
    assert http("GET", f"/{pool}/.well-known/{document}").status == 404
