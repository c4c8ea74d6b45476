"""Errors that the RFCs name and no other test of OAuth shows, in one pool."""

import json

import pytest
from browser import CALLBACK, OAUTH, Browser, Relying, basic
from oauth_support import MACHINE, Key, error, post, secret_of, tag
from support import PASSWORD, make_app  # noqa: F401

TOKEN, PAR, USERINFO = "/oauth2/token", "/oauth2/par", "/oauth2/userInfo"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"


@pytest.fixture
def relying(make_app, endpoint):
    app = make_app(GenerateSecret=True, **OAUTH)
    tag(app, everyone="par dpop introspection")
    return Relying(app, Browser(endpoint))


def test_errors_of_a_client_that_signs_users_in(relying, make_client, endpoint):
    app, own = relying.app, secret_of(relying.app)
    name = app.user()
    # RFC 9207: who answers is said with every code and every error.
    answer = relying.authorize(prompt="none").answer
    assert answer["error"] == "login_required" and answer["iss"].endswith(app.pool_id)
    page = relying.sign_in(name, PASSWORD)
    assert page.answer["iss"].endswith(app.pool_id) and page.answer["state"] == relying.state
    tokens = json.loads(relying.redeem(page.answer["code"], own, client_id=None).body)
    # RFC 6749 section 5.2: the answer to a secret in the form is 400, to one in the header 401 and how to do it.
    renew = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert error(post(endpoint, TOKEN, renew | {"client_id": app.client_id, "client_secret": "wrong"})) == (400, "invalid_client")
    assert error(post(endpoint, TOKEN, renew | {"client_id": app.client_id})) == (400, "invalid_client")
    answer = post(endpoint, TOKEN, renew, basic(app.client_id, "wrong"))
    assert error(answer) == (401, "invalid_client") and answer.headers["www-authenticate"].startswith("Basic ")
    twice = renew | {"client_id": app.client_id, "client_secret": app.client["ClientSecret"]}
    assert error(post(endpoint, TOKEN, twice, own)) == (400, "invalid_request")
    # Sections 6 and 5.2: no more than was granted, and for nobody else.
    assert error(post(endpoint, TOKEN, renew | {"scope": "openid phone"}, own)) == (400, "invalid_scope")
    assert error(post(endpoint, TOKEN, {"grant_type": "refresh_token"}, own)) == (400, "invalid_request")
    other = make_client(app.pool, GenerateSecret=True, **OAUTH)
    theirs = basic(other["ClientId"], other["ClientSecret"])
    assert error(post(endpoint, TOKEN, renew, theirs)) == (400, "invalid_grant")
    # RFC 7009 section 2.2: who asks for what is not its own hears nothing and changes nothing.
    assert error(Browser(endpoint).get("/oauth2/revoke")) == (405, "invalid_request")
    assert post(endpoint, "/oauth2/revoke", {"token": tokens["refresh_token"]}, theirs).status == 200
    assert error(post(endpoint, "/oauth2/revoke", {"token": tokens["refresh_token"]}, basic(app.client_id, "x"))) == (401, "invalid_client")
    # RFC 7662 section 2.3.
    assert error(post(endpoint, "/oauth2/introspect", {"token": "x"}, basic(app.client_id, "x"))) == (401, "invalid_client")
    assert post(endpoint, TOKEN, renew, own).status == 200
    # RFC 8693 section 2.2.2, and RFC 6749: a client that may not.
    exchange = {"grant_type": EXCHANGE, "subject_token": tokens["access_token"], "subject_token_type": ACCESS}
    assert error(post(endpoint, TOKEN, exchange, own)) == (400, "unauthorized_client")
    assert error(post(endpoint, TOKEN, exchange | {"subject_token": "x"}, own))[1] in ("invalid_request", "unauthorized_client")
    # RFC 9126 section 2.3.
    answer = Browser(endpoint).get(PAR)
    assert error(answer) == (405, "invalid_request") and "POST" in answer.headers["allow"]
    assert error(post(endpoint, PAR, relying.request(padding="x" * 70_000), own)) == (413, "invalid_request")
    assert error(post(endpoint, PAR, relying.request(code_challenge_method="plain"), own)) == (400, "invalid_request")
    # RFC 9449 section 7.1: a resource says that it wants a proof, and what is wrong with it.
    key = Key()
    page = relying.authorize()
    bound = json.loads(relying.redeem(page.answer["code"], own | key.proof("POST", f"{endpoint}{TOKEN}"), client_id=None).body)
    shown = {"Authorization": f"DPoP {bound['access_token']}"}
    for proof, told in (({}, "invalid_token"), ({"DPoP": "x"}, "invalid_dpop_proof")):
        answer = Browser(endpoint).send("GET", USERINFO, headers=shown | proof)
        assert error(answer) == (401, told)
        assert answer.headers["www-authenticate"].startswith(f'DPoP error="{told}"')


def test_errors_in_the_fragment_and_of_machines(relying, make_client, endpoint):
    app = relying.app
    # RFC 6749 section 4.2.2.1: an implicit answer's errors go where the answer would have gone.
    app.client = make_client(app.pool, **OAUTH | {"AllowedOAuthFlows": ["implicit"]})
    plain = {"code_challenge": None, "code_challenge_method": None}
    for change, told in (
        ({"response_type": "token", "scope": "openid nothing"}, "invalid_scope"),
        ({"response_type": "token", "scope": "email", "max_age": "soon"}, "invalid_request"),
        ({"response_type": "token", "prompt": "none"}, "login_required"),
        ({"response_type": "id_token", "scope": "email"}, "invalid_scope"),
    ):
        page = relying.authorize(**plain | change)
        assert page.location.startswith(f"{CALLBACK}#"), change
        assert (page.answer["error"], page.answer["state"]) == (told, relying.state), change
        assert page.answer["iss"].endswith(app.pool_id)
    assert relying.authorize(**plain | {"response_type": "token code"}).answer["error"] == "unsupported_response_type"
    app.client = make_client(app.pool, **OAUTH)
    page = relying.authorize(**plain | {"response_type": "token"})
    assert page.location.startswith(f"{CALLBACK}#") and page.answer["error"] == "unauthorized_client"
    # Section 4.1.2.1 in the query, and 5.2: a client that signs nobody in has no codes.
    machine = make_client(app.pool, **MACHINE, AllowedOAuthScopes=["aws.cognito/dcr/register"], CallbackURLs=[CALLBACK])
    own = basic(machine["ClientId"], machine["ClientSecret"])
    redeem = {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK}
    assert error(post(endpoint, TOKEN, redeem, own)) == (400, "unauthorized_client")
    app.client = machine
    assert relying.authorize().answer["error"] == "unauthorized_client"
