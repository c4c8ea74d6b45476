"""What clients may do beyond Cognito, each by a tag of the pool: introspection, pushed requests, keys, proofs."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from browser import OAUTH, Browser, Relying, basic
from oauth_support import API, MACHINE, READ, Key, Keys, add_api, error, post, relying_with, secret_of, tag
from support import PASSWORD, claims, header, make_app, refused  # noqa: F401

TOKEN, PAR, INTROSPECT, USERINFO = "/oauth2/token", "/oauth2/par", "/oauth2/introspect", "/oauth2/userInfo"


def metadata(app, endpoint):
    return json.loads(Browser(endpoint).get(f"/{app.pool_id}/.well-known/openid-configuration").body)


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}


# Opting in


def test_without_a_tag_everything_is_as_in_cognito(make_app, endpoint):
    app = make_app(GenerateSecret=True, **OAUTH)
    relying = Relying(app, Browser(endpoint))
    tokens = json.loads(relying.redeem(relying.code(app.user(), PASSWORD), secret_of(app)).body)
    assert "typ" not in header(tokens["access_token"]) and "aud" not in claims(tokens["access_token"])
    assert error(post(endpoint, INTROSPECT, {"token": "x"}, secret_of(app))) == (400, "unauthorized_client")
    assert error(post(endpoint, PAR, relying.request(), secret_of(app))) == (400, "unauthorized_client")
    document = metadata(app, endpoint)
    for name in ("introspection_endpoint", "pushed_authorization_request_endpoint", "dpop_signing_alg_values_supported"):
        assert name not in document
    assert "private_key_jwt" not in document["token_endpoint_auth_methods_supported"]


def test_a_tag_that_means_nothing_is_refused_by_name(make_app):
    app = make_app()
    with refused("InvalidParameterException", "Tag gatehouse:oauth names an unknown feature: ciba."):
        tag(app, everyone="par ciba")
    with refused("InvalidParameterException"):
        tag(app, keys="http://app.example/keys")


# RFC 7662


def test_introspection_tells_what_a_token_is_good_for(make_app, make_client, endpoint):
    relying = relying_with(make_app, endpoint, "introspection", GenerateSecret=True)
    app = relying.app
    tag(app, everyone="introspection")
    name = app.user()
    tokens = json.loads(relying.redeem(relying.code(name, PASSWORD), secret_of(app)).body)

    def ask(token, headers=None, **form):
        return post(endpoint, INTROSPECT, {"token": token} | form, headers or secret_of(app))

    answer = ask(tokens["access_token"])
    assert answer.status == 200 and answer.headers["cache-control"] == "no-store"
    told, said = json.loads(answer.body), claims(tokens["access_token"])
    assert told.pop("active") is True and told.pop("token_type") == "Bearer"
    assert told["username"] == name and told["scope"] == "openid email"
    assert told == {name: said[name] for name in told} and {"exp", "iat", "sub", "iss", "client_id", "jti"} <= set(told)
    told = json.loads(ask(tokens["refresh_token"], token_type_hint="refresh_token").body)
    assert told["active"] is True and told["username"] == name and told["sub"] == said["sub"]
    for dead in ("nonsense", tokens["id_token"], tokens["access_token"][:-8] + "AAAAAAAA"):
        assert json.loads(ask(dead).body) == {"active": False}
    # Another client of the pool reads the access token, which it may be shown, and never the refresh token.
    other = make_client(app.pool, GenerateSecret=True)
    theirs = basic(other["ClientId"], other["ClientSecret"])
    assert json.loads(ask(tokens["access_token"], theirs).body)["active"] is True
    assert json.loads(ask(tokens["refresh_token"], theirs).body) == {"active": False}
    app.anonymous.revoke_token(Token=tokens["refresh_token"], ClientId=app.client_id, ClientSecret=app.client["ClientSecret"])
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert json.loads(ask(token).body) == {"active": False}


def test_who_asks_about_tokens_shows_who_it_is(make_app, endpoint):
    relying = relying_with(make_app, endpoint, "introspection")
    assert error(post(endpoint, INTROSPECT, {"token": "x", "client_id": relying.app.client_id})) == (400, "unauthorized_client")
    confidential = relying_with(make_app, endpoint, "introspection", GenerateSecret=True)
    wrong = basic(confidential.app.client_id, "wrong" * 8)
    assert error(post(endpoint, INTROSPECT, {"token": "x"}, wrong)) == (401, "invalid_client")
    assert error(post(endpoint, INTROSPECT, {}, secret_of(confidential.app))) == (400, "invalid_request")
    assert error(Browser(endpoint).get(INTROSPECT)) == (405, "invalid_request")


def test_a_token_of_another_pool_is_not_active_here(make_app, endpoint):
    here = relying_with(make_app, endpoint, "introspection", GenerateSecret=True)
    there = make_app()
    token = there.tokens(there.user())["AccessToken"]
    assert json.loads(post(endpoint, INTROSPECT, {"token": token}, secret_of(here.app)).body) == {"active": False}


# RFC 9126


def test_a_pushed_request_is_answered_as_it_was_pushed(make_app, endpoint):
    relying = relying_with(make_app, endpoint, "par")
    app = relying.app
    answer = post(endpoint, PAR, relying.request())
    assert answer.status == 201 and answer.headers["cache-control"] == "no-store"
    pushed = json.loads(answer.body)
    assert pushed["request_uri"].startswith("urn:ietf:params:oauth:request_uri:") and pushed["expires_in"] == 600
    # What else the browser brings along changes nothing.
    page = relying.browser.get(
        "/oauth2/authorize", client_id=app.client_id, request_uri=pushed["request_uri"], scope="openid phone", state="mine"
    )
    assert page.status == 303 and "scope" not in page.location and relying.state not in page.location
    page = relying.browser.submit(relying.browser.follow(page), username=app.user(), password=PASSWORD)
    assert page.answer["state"] == relying.state
    tokens = json.loads(relying.redeem(page.answer["code"]).body)
    assert tokens["scope"] == "openid email" and claims(tokens["id_token"])["nonce"] == relying.nonce


def test_a_bad_request_is_refused_when_it_is_pushed(make_app, endpoint):
    relying = relying_with(make_app, endpoint, "par", GenerateSecret=True)
    app = relying.app

    def push(headers=None, **more):
        return error(post(endpoint, PAR, relying.request(**more), headers or secret_of(app)))

    assert push(redirect_uri="https://evil.example/") == (400, "invalid_request")
    assert push(scope="openid nonsense") == (400, "invalid_scope")
    assert push(response_type="device") == (400, "unsupported_response_type")
    assert push(code_challenge_method="plain") == (400, "invalid_request")
    assert push(request_uri="urn:ietf:params:oauth:request_uri:x") == (400, "invalid_request")
    assert push(basic(app.client_id, "wrong" * 8)) == (401, "invalid_client")


def test_a_reference_is_one_clients_and_cannot_be_made_up(make_app, endpoint):
    relying, other = (relying_with(make_app, endpoint, "par") for _ in range(2))
    reference = json.loads(post(endpoint, PAR, relying.request()).body)["request_uri"]
    for client, uri in (
        (other.app.client_id, reference),
        (relying.app.client_id, reference[:-4] + "AAAA"),
        (relying.app.client_id, "urn:ietf:params:oauth:request_uri:"),
        (relying.app.client_id, "https://evil.example/request"),
    ):
        page = relying.browser.get("/oauth2/authorize", client_id=client, request_uri=uri)
        assert page.status == 400 and page.location is None


def test_a_client_that_has_to_push_cannot_be_talked_out_of_it(make_app, endpoint):
    relying = relying_with(make_app, endpoint, "require-par")
    page = relying.authorize()
    assert page.status == 400 and page.location is None
    assert relying.browser.get("/login", **relying.request()).status == 400
    reference = json.loads(post(endpoint, PAR, relying.request()).body)["request_uri"]
    assert relying.browser.get("/oauth2/authorize", client_id=relying.app.client_id, request_uri=reference).status == 303


# RFC 7523


@pytest.fixture
def machine(make_app, make_client, endpoint):
    app = make_app()
    add_api(app)
    app.client = make_client(app.pool, **MACHINE, AllowedOAuthScopes=[READ])
    key = Key()
    tag(app, keys=Keys(key).url)
    issuer = metadata(app, endpoint)["issuer"]

    def ask(signer=key, audience=None, form=None, **more):
        assertion = signer.assertion(app.client_id, audience or issuer, **more)
        return post(endpoint, TOKEN, {"grant_type": "client_credentials"} | assertion | (form or {}))

    ask.app, ask.key, ask.issuer = app, key, issuer
    return ask


def test_a_client_signs_instead_of_showing_a_secret(machine, endpoint):
    base = machine.issuer.removesuffix(f"/{machine.app.pool_id}")
    for audience in (machine.issuer, f"{base}/oauth2/token", [machine.issuer, "https://elsewhere.example"]):
        answer = machine(audience=audience)
        assert answer.status == 200, answer.body
        assert claims(json.loads(answer.body)["access_token"])["sub"] == machine.app.client_id
    document = metadata(machine.app, endpoint)
    assert "private_key_jwt" in document["token_endpoint_auth_methods_supported"]
    assert "ES256" in document["token_endpoint_auth_signing_alg_values_supported"]


def test_an_assertion_of_somebody_else_or_for_somebody_else_is_refused(machine):
    now = int(time.time())
    other = Key()
    for case in (
        {"signer": other},
        {"audience": "https://evil.example"},
        {"iss": "somebody"},
        {"sub": "somebody", "form": {"client_id": machine.app.client_id}},
        {"exp": now - 1},
        {"exp": now + 86_400},
        {"exp": None},
        {"iat": now + 600},
        {"nbf": now + 600},
    ):
        assert error(machine(**case))[1] == "invalid_client", case
    unsigned = jwt.encode({"sub": machine.app.client_id}, None, algorithm="none")
    for assertion in (unsigned, "nonsense"):
        assert error(machine(form={"client_assertion": assertion, "client_id": machine.app.client_id}))[1] == "invalid_client"
    assert error(machine(form={"client_assertion_type": "urn:x"})) == (400, "invalid_request")
    assert error(machine(form={"client_secret": "x" * 24})) == (400, "invalid_request")


def test_a_public_key_is_no_shared_secret(machine, endpoint):
    """Algorithm confusion: the published key as the secret of an HMAC."""
    now = int(time.time())
    said = {"iss": machine.app.client_id, "sub": machine.app.client_id, "aud": machine.issuer, "exp": now + 60}
    secret = machine.key.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    forged = jwt.encode(said, secret, algorithm="HS256", headers={"kid": "one"})
    assert error(machine(form={"client_assertion": forged}))[1] == "invalid_client"


def test_who_signs_is_not_let_in_by_a_secret(machine, endpoint):
    answer = post(endpoint, TOKEN, {"grant_type": "client_credentials"}, secret_of(machine.app))
    assert error(answer) == (401, "invalid_client")


def test_an_assertion_is_accepted_once(machine, endpoint):
    client_id = machine.app.client_id
    tag(machine.app, feature="introspection par")
    spent = machine.key.assertion(client_id, machine.issuer)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(post, endpoint, TOKEN, {"grant_type": "client_credentials"} | spent) for _ in range(4)]
    assert [done.result().status for done in asked].count(200) == 1
    for path, form, first in (
        (TOKEN, {"grant_type": "client_credentials"}, 200),
        (INTROSPECT, {"token": "x"}, 200),
        ("/oauth2/revoke", {"token": "x"}, 200),
        (PAR, {"response_type": "code"}, "invalid_request"),
    ):
        form |= machine.key.assertion(client_id, machine.issuer)
        answer = post(endpoint, path, form)
        assert first in (answer.status, json.loads(answer.body or "{}").get("error")), path
        assert error(post(endpoint, path, form)) == (400, "invalid_client"), path
        assert error(post(endpoint, path, form | spent)) == (400, "invalid_client"), path
    # What cannot be told from another one is not accepted at all.
    assert error(machine(jti=None)) == (400, "invalid_client")


def test_who_has_no_keys_cannot_sign(make_app, endpoint):
    app = make_app(GenerateSecret=True, **OAUTH)
    form = Key().assertion(app.client_id, "https://anything.example")
    assert error(post(endpoint, TOKEN, {"grant_type": "refresh_token"} | form)) == (400, "invalid_client")


# RFC 9068, OpenID Connect Core section 5.1


def test_access_tokens_of_the_standard_profile(make_app, make_client, endpoint):
    relying = relying_with(make_app, endpoint, "at+jwt")
    app = relying.app
    name = app.user()
    tokens = json.loads(relying.redeem(relying.code(name, PASSWORD)).body)
    said = claims(tokens["access_token"])
    assert header(tokens["access_token"])["typ"] == "at+jwt" and said["aud"] == said["iss"]
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} <= set(said)
    assert "typ" not in header(tokens["id_token"])
    # It works as before, and what is renewed has the same form.
    assert relying.browser.send("GET", USERINFO, headers=bearer(tokens)).status == 200
    again = json.loads(relying.token(grant_type="refresh_token", client_id=app.client_id, refresh_token=tokens["refresh_token"]).body)
    assert header(again["access_token"])["typ"] == "at+jwt"
    token = json.loads(relying.redeem(relying.code(name, PASSWORD, resource=API, prompt="login")).body)["access_token"]
    assert claims(token)["aud"] == API
    assert header(app.tokens(name)["AccessToken"])["typ"] == "at+jwt"


def test_standard_claims_of_user_info(make_app, endpoint):
    for feature, verified in (("standard-claims", True), ("par", "true")):
        relying = relying_with(make_app, endpoint, feature)
        name = relying.app.user(None, PASSWORD, email="ann@example.com", email_verified="true")
        tokens = json.loads(relying.redeem(relying.code(name, PASSWORD)).body)
        told = json.loads(relying.browser.send("GET", USERINFO, headers=bearer(tokens)).body)
        assert told["email_verified"] == verified and type(told["email_verified"]) is type(verified)


# RFC 9449


def dpop(tokens, key, endpoint, method="GET", **more):
    proof = key.proof(method, f"{endpoint}{USERINFO}", tokens["access_token"], **more)
    return {"Authorization": f"DPoP {tokens['access_token']}"} | proof


def test_a_token_is_bound_to_the_key_of_its_client(make_app, endpoint):
    relying = relying_with(make_app, endpoint, "dpop")
    app, key = relying.app, Key()
    name = app.user()
    tokens = json.loads(relying.redeem(relying.code(name, PASSWORD), key.proof("POST", f"{endpoint}{TOKEN}")).body)
    assert tokens["token_type"] == "DPoP"
    thumbprint = claims(tokens["access_token"])["cnf"]["jkt"]
    assert len(thumbprint) == 43

    def info(headers):
        return relying.browser.send("GET", USERINFO, headers=headers)

    assert info(dpop(tokens, key, endpoint)).status == 200
    # Stolen, it is worth nothing: as a bearer's, with another key, with a proof for something else or from long ago.
    assert error(info(bearer(tokens))) == (401, "invalid_token")
    assert error(info(dpop(tokens, Key(), endpoint))) == (401, "invalid_token")
    for more in ({"htm": "POST"}, {"htu": f"{endpoint}{TOKEN}"}, {"htu": f"https://evil.example{USERINFO}"}, {"iat": int(time.time()) - 300}, {"ath": "x"}):
        assert error(info(dpop(tokens, key, endpoint, **more)))[1] == "invalid_dpop_proof", more
    with refused("NotAuthorizedException"):
        app.me(tokens["access_token"])
    # So is the refresh token.
    renew = {"grant_type": "refresh_token", "client_id": app.client_id, "refresh_token": tokens["refresh_token"]}
    assert error(relying.token(**renew)) == (400, "invalid_grant")
    assert error(relying.token(Key().proof("POST", f"{endpoint}{TOKEN}"), **renew)) == (400, "invalid_grant")
    with refused("NotAuthorizedException"):
        app.anonymous.get_tokens_from_refresh_token(RefreshToken=tokens["refresh_token"], ClientId=app.client_id)
    again = json.loads(relying.token(key.proof("POST", f"{endpoint}{TOKEN}"), **renew).body)
    assert again["token_type"] == "DPoP" and claims(again["access_token"])["cnf"]["jkt"] == thumbprint
    assert info(dpop(again, key, endpoint)).status == 200


def test_a_proof_is_for_one_request(make_app, endpoint):
    relying = relying_with(make_app, endpoint, "require-dpop")
    key, name = Key(), relying.app.user()
    here = f"{endpoint}{TOKEN}"
    code = relying.code(name, PASSWORD)
    for proof in (
        {},
        {"DPoP": "nonsense"},
        key.proof("GET", here),
        key.proof("POST", "https://evil.example/oauth2/token"),
        key.proof("POST", here, iat=int(time.time()) + 300),
        key.proof("POST", here, headers={"typ": "JWT"}),
        key.proof("POST", here, headers={"jwk": Key().jwk}),
    ):
        assert error(relying.redeem(code, proof)) == (400, "invalid_dpop_proof"), proof
    assert json.loads(relying.redeem(code, key.proof("POST", here)).body)["token_type"] == "DPoP"
    # Who has to bind its tokens gets no others by another door.
    with refused("NotAuthorizedException"):
        relying.app.tokens(name)
    assert metadata(relying.app, endpoint)["dpop_signing_alg_values_supported"] == ["ES256", "RS256", "EdDSA"]


def test_a_proof_is_accepted_once(make_app, endpoint):
    relying = relying_with(make_app, endpoint, "dpop")
    app, key, here = relying.app, Key(), f"{endpoint}{TOKEN}"
    name, proof = app.user(), key.proof("POST", here)
    assert relying.redeem(relying.code(name, PASSWORD), proof).status == 200
    code = relying.authorize().answer["code"]
    assert error(relying.redeem(code, proof)) == (400, "invalid_dpop_proof")
    # The code was not touched; nobody else's proof was used up.
    jti = claims(proof["DPoP"])["jti"]
    tokens = json.loads(relying.redeem(code, key.proof("POST", here)).body)
    renew = {"grant_type": "refresh_token", "client_id": app.client_id, "refresh_token": tokens["refresh_token"]}
    assert error(relying.token(Key().proof("POST", here, jti=jti), **renew)) == (400, "invalid_grant")
    proof = key.proof("POST", here)
    assert relying.token(proof, **renew).status == 200
    assert error(relying.token(proof, **renew)) == (400, "invalid_dpop_proof")
    headers = dpop(tokens, key, endpoint)
    assert relying.browser.send("GET", USERINFO, headers=headers).status == 200
    answer = relying.browser.send("GET", USERINFO, headers=headers)
    assert error(answer) == (401, "invalid_dpop_proof")
    assert answer.headers["www-authenticate"].startswith('DPoP error="invalid_dpop_proof"')
    assert 'algs="ES256 RS256 EdDSA"' in answer.headers["www-authenticate"]


def test_a_code_may_be_bound_to_the_key_that_will_redeem_it(make_app, endpoint):
    relying = relying_with(make_app, endpoint, "dpop")
    here, key, name = f"{endpoint}{TOKEN}", Key(), relying.app.user()
    first = json.loads(relying.redeem(relying.code(name, PASSWORD), key.proof("POST", here)).body)
    thumbprint = claims(first["access_token"])["cnf"]["jkt"]
    for proof in ({}, Key().proof("POST", here)):
        code = relying.code(name, PASSWORD, dpop_jkt=thumbprint, prompt="login")
        assert error(relying.redeem(code, proof)) == (400, "invalid_grant")
    code = relying.code(name, PASSWORD, dpop_jkt=thumbprint, prompt="login")
    assert json.loads(relying.redeem(code, key.proof("POST", here)).body)["token_type"] == "DPoP"
