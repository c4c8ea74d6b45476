"""Authlib signs in by the code flow, told the issuer and nothing else."""

import os

import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from browser import CALLBACK, OAUTH, Browser
from joserfc import jwt
from joserfc.jwk import KeySet
from support import PASSWORD, make_app


@pytest.fixture(autouse=True)
def without_tls(monkeypatch):
    """The stack of the tests has no certificate."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")


def issuer(app):
    return f"{os.environ['GATEHOUSE_ISSUER_BASE']}/{app.pool_id}"


@pytest.mark.parametrize("secret", [False, True])
def test_authlib_signs_in_renews_and_revokes(make_app, endpoint, secret):
    app = make_app(**OAUTH, GenerateSecret=secret)
    name = app.user()
    session = OAuth2Session(
        app.client_id,
        app.secret,
        scope="openid email",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
    )
    metadata = session.get(
        f"{issuer(app)}/.well-known/openid-configuration", withhold_token=True
    ).json()
    verifier, nonce = generate_token(48), generate_token(16)
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    browser = Browser(endpoint)
    page = browser.follow(browser.send("GET", url[url.index("/oauth2/") :]))
    answer = browser.submit(page, username=name, password=PASSWORD)
    token = session.fetch_token(
        metadata["token_endpoint"],
        authorization_response=answer.location,
        state=state,
        code_verifier=verifier,
    )
    keys = KeySet.import_key_set(session.get(metadata["jwks_uri"], withhold_token=True).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": metadata["issuer"]},
        aud={"essential": True, "value": app.client_id},
        nonce={"essential": True, "value": nonce},
    ).validate(claims)
    assert claims["cognito:username"] == name
    info = session.get(metadata["userinfo_endpoint"]).json()
    assert info["sub"] == claims["sub"]
    renewed = session.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert renewed["access_token"] != token["access_token"]
    session.revoke_token(
        metadata["revocation_endpoint"], token=token["refresh_token"], token_type_hint="refresh_token"
    )
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
