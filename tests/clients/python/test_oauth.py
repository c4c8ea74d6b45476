"""OAuth 2.0 and OpenID Connect: an application signs its users in by redirect."""

import json
import time

import pytest
from browser import CALLBACK, OAUTH, Browser, Relying, basic
from mfa_support import register, require
from support import PASSWORD, claims, header, make_app, refused

USERINFO = "/oauth2/userInfo"


@pytest.fixture
def make_relying(make_app, endpoint):
    """A function: a new pool, an OAuth client of it and a browser, as a `Relying`."""

    def make(pool=None, **client):
        return Relying(make_app(pool, **OAUTH | client), Browser(endpoint))

    return make


def error(page):
    return page.status, json.loads(page.body)["error"]


def test_a_user_signs_in_and_the_application_gets_tokens(make_relying):
    relying = make_relying()
    app = relying.app
    name = app.user(None, PASSWORD, email="ann@example.com", name="Ann", email_verified="true")
    page = relying.sign_in_page()
    assert page.status == 200 and "/login?" in page.url
    page = relying.browser.submit(page, username=name, password=PASSWORD)
    assert page.status == 303 and page.location.startswith(f"{CALLBACK}?")
    assert page.answer["state"] == relying.state
    assert page.answer["iss"].endswith(f"/{app.pool_id}")

    answer = relying.redeem(page.answer["code"])
    assert answer.status == 200, answer.body
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    tokens = json.loads(answer.body)
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 3600, "openid email")
    told, access = claims(tokens["id_token"]), claims(tokens["access_token"])
    assert told["nonce"] == relying.nonce and told["aud"] == app.client_id
    assert told["email"] == "ann@example.com" and told["email_verified"] is True and "name" not in told
    assert told["cognito:username"] == name and told["iss"] == page.answer["iss"]
    assert access["scope"] == "openid email" and access["client_id"] == app.client_id
    assert access["origin_jti"] == told["origin_jti"] and access["auth_time"] == told["auth_time"]


def test_the_id_token_names_the_access_token_that_came_with_it(make_relying):
    import base64
    import hashlib

    relying = make_relying()
    tokens = json.loads(relying.redeem(relying.code(relying.app.user(), PASSWORD)).body)
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims(tokens["id_token"])["at_hash"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert header(tokens["id_token"])["kid"] != header(tokens["access_token"])["kid"]


def test_without_openid_there_is_no_id_token(make_relying):
    relying = make_relying()
    code = relying.code(relying.app.user(), PASSWORD, scope="aws.cognito.signin.user.admin", nonce=None)
    tokens = json.loads(relying.redeem(code).body)
    assert "id_token" not in tokens
    assert relying.app.me(tokens["access_token"])["Username"]
    answer = relying.browser.send("GET", USERINFO, headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert error(answer) == (403, "insufficient_scope")


def test_without_its_scope_the_api_is_closed(make_relying):
    relying = make_relying()
    tokens = json.loads(relying.redeem(relying.code(relying.app.user(), PASSWORD)).body)
    with refused("NotAuthorizedException", "Access Token does not have required scopes"):
        relying.app.me(tokens["access_token"])


def test_no_scope_asked_for_means_all_of_the_client(make_relying):
    relying = make_relying()
    code = relying.code(relying.app.user(), PASSWORD, scope=None)
    tokens = json.loads(relying.redeem(code).body)
    assert tokens["scope"].split() == OAUTH["AllowedOAuthScopes"]


@pytest.mark.parametrize(
    "scope, shown",
    [
        ("openid", {"email", "name", "phone_number"}),
        ("openid email", {"email"}),
        ("openid phone", {"phone_number"}),
        ("openid profile", {"email", "name", "phone_number"}),
    ],
)
def test_user_info_shows_what_the_scopes_allow(make_relying, scope, shown):
    relying = make_relying()
    name = relying.app.user(None, PASSWORD, email="ann@example.com", name="Ann", phone_number="+15550100")
    tokens = json.loads(relying.redeem(relying.code(name, PASSWORD, scope=scope)).body)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = relying.browser.send("GET", USERINFO, headers=bearer)
    told = json.loads(answer.body)
    assert answer.status == 200 and told["sub"] == claims(tokens["id_token"])["sub"] and told["username"] == name
    assert set(told) & {"email", "name", "phone_number"} == shown
    posted = relying.browser.send("POST", USERINFO, {"access_token": tokens["access_token"]})
    assert json.loads(posted.body) == told


def test_user_info_wants_a_token_that_lives(make_relying):
    relying = make_relying()
    app = relying.app
    name = app.user()
    tokens = json.loads(relying.redeem(relying.code(name, PASSWORD)).body)
    for bad in (None, "Bearer nonsense", f"Bearer {tokens['id_token']}", "Basic YTpi"):
        answer = relying.browser.send("GET", USERINFO, headers={"Authorization": bad} if bad else {})
        assert error(answer) == (401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert relying.browser.send("GET", USERINFO, headers=bearer).status == 200
    app.administer("admin_user_global_sign_out", name)
    assert error(relying.browser.send("GET", USERINFO, headers=bearer)) == (401, "invalid_token")


def test_refresh_and_rotation(make_relying):
    relying = make_relying(
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
    )
    first = json.loads(relying.redeem(relying.code(relying.app.user(), PASSWORD)).body)
    refresh = {"grant_type": "refresh_token", "client_id": relying.app.client_id}
    second = json.loads(relying.token(**refresh, refresh_token=first["refresh_token"]).body)
    assert second["refresh_token"] != first["refresh_token"]
    assert claims(second["access_token"])["scope"] == "openid email"
    assert "nonce" not in claims(second["id_token"])
    assert claims(second["id_token"])["auth_time"] == claims(first["id_token"])["auth_time"]
    assert error(relying.token(**refresh, refresh_token=first["refresh_token"])) == (400, "invalid_grant")
    # A library may name the scope it has; it gets no other.
    third = relying.token(**refresh, refresh_token=second["refresh_token"], scope="openid")
    assert json.loads(third.body)["scope"] == "openid email"
    last = json.loads(third.body)["refresh_token"]
    assert error(relying.token(**refresh, refresh_token=last, scope="openid profile")) == (400, "invalid_scope")
    assert relying.token(**refresh, refresh_token=last).status == 200


def test_a_client_shows_its_secret_in_either_way(make_relying):
    relying = make_relying(GenerateSecret=True)
    app = relying.app
    name = app.user()
    for way in (
        {"headers": basic(app.client_id, app.secret), "client_id": None},
        {"headers": basic(app.client_id, app.secret)},
        {"client_secret": app.secret},
    ):
        assert relying.redeem(relying.code(name, PASSWORD, prompt="login"), **way).status == 200
    code = relying.code(name, PASSWORD, prompt="login")
    assert error(relying.redeem(code)) == (400, "invalid_client")
    assert error(relying.redeem(code, client_secret="wrong")) == (400, "invalid_client")
    answer = relying.redeem(code, headers=basic(app.client_id, "wrong"), client_id=None)
    assert error(answer) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")
    both = relying.redeem(code, headers=basic(app.client_id, app.secret), client_secret=app.secret)
    assert error(both) == (400, "invalid_request")
    # None of it used the code up.
    assert relying.redeem(code, client_secret=app.secret).status == 200


def test_either_of_two_secrets_will_do(make_relying):
    relying = make_relying(GenerateSecret=True)
    app = relying.app
    time.sleep(1)  # Ids of secrets are counted in seconds.
    added = app.cognito.add_user_pool_client_secret(UserPoolId=app.pool_id, ClientId=app.client_id)
    second = added["ClientSecretDescriptor"]["ClientSecretValue"]
    name = app.user()
    for secret in (app.secret, second):
        code = relying.code(name, PASSWORD, prompt="login")
        # A function that saw the client before knows of the new secret within half a minute.
        answers = {relying.redeem(code, client_secret=secret).status}
        assert answers <= {200, 400}
    assert app.secret != second


def test_implicit_where_the_client_allows_it(make_relying):
    relying = make_relying(AllowedOAuthFlows=["implicit"])
    name = relying.app.user()
    page = relying.sign_in(name, PASSWORD, response_type="token", code_challenge=None, code_challenge_method=None)
    assert page.location.startswith(f"{CALLBACK}#")
    answer = page.answer
    assert answer["token_type"] == "Bearer" and answer["expires_in"] == "3600" and answer["state"] == relying.state
    assert claims(answer["id_token"])["nonce"] == relying.nonce and "refresh_token" not in answer
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert relying.browser.send("GET", USERINFO, headers=bearer).status == 200
    # The same browser, an ID token alone.
    page = relying.authorize(response_type="id_token")
    assert set(page.answer) == {"id_token", "state", "iss"}
    page = relying.authorize(response_type="id_token", nonce=None)
    assert page.answer["error"] == "invalid_request" and page.location.startswith(f"{CALLBACK}#")
    assert relying.authorize().answer["error"] == "unauthorized_client"


def test_single_sign_on_and_prompt(make_relying, make_client):
    relying = make_relying()
    app = relying.app
    name = app.user()
    assert relying.authorize(prompt="none").answer["error"] == "login_required"
    first = claims(json.loads(relying.redeem(relying.code(name, PASSWORD)).body)["id_token"])
    # Now the browser is signed in, for every client of the pool.
    page = relying.authorize(prompt="none")
    again = claims(json.loads(relying.redeem(page.answer["code"]).body)["id_token"])
    assert again["auth_time"] == first["auth_time"] and again["origin_jti"] != first["origin_jti"]
    other = Relying(app.beside(make_client(app.pool, **OAUTH)), relying.browser)
    assert other.authorize().answer["code"]
    for ask in ("login", "select_account"):
        assert relying.authorize(prompt=ask).location.startswith("/login?")
    page = relying.sign_in_page(prompt="select_account")
    assert page.forms[0]["buttons"] == ["continue"] and name in page.text
    page = relying.browser.submit(page, form=0, button="continue")
    assert page.answer["code"]
    assert relying.authorize(max_age=1000).answer["code"]
    time.sleep(1.1)  # Ages are counted in seconds.
    assert relying.authorize(max_age=0).location.startswith("/login?")
    assert relying.authorize(prompt="none login").answer["error"] == "invalid_request"


def test_a_new_password_ends_the_browsers_session(make_relying):
    relying = make_relying()
    name = relying.app.user()
    code = relying.code(name, PASSWORD)
    relying.app.set_password(name, "Another-Pass-9")
    assert relying.authorize(prompt="none").answer["error"] == "login_required"
    assert error(relying.redeem(code)) == (400, "invalid_grant")


def test_resource(make_relying):
    relying = make_relying()
    code = relying.code(relying.app.user(), PASSWORD, resource="https://api.example.com/")
    tokens = json.loads(relying.redeem(code).body)
    assert claims(tokens["access_token"])["aud"] == "https://api.example.com/"
    assert relying.authorize(resource="/relative").answer["error"] == "invalid_target"


def test_login_hint_and_language(make_relying):
    page = make_relying().sign_in_page(login_hint="ann", lang="de")
    assert page.forms[-1]["fields"]["username"] == "ann"
    assert "Anmelden" in page.text and '<html lang="de" dir="ltr">' in page.body
    page = make_relying().sign_in_page(lang="ar")
    assert '<html lang="ar" dir="rtl">' in page.body


def test_logout(make_relying):
    relying = make_relying()
    app = relying.app
    name = app.user()
    tokens = json.loads(relying.redeem(relying.code(name, PASSWORD)).body)
    stolen = dict(relying.browser.cookies)
    page = relying.browser.get("/logout", client_id=app.client_id, logout_uri="https://app.example/bye")
    assert (page.status, page.location) == (303, "https://app.example/bye")
    assert relying.authorize(prompt="none").answer["error"] == "login_required"
    # A copy of the cookie is worth nothing either.
    relying.browser.cookies = stolen
    assert relying.authorize(prompt="none").answer["error"] == "login_required"

    page = relying.browser.get("/logout", **relying.request())
    assert page.location.startswith("/login?") and "Sign in" in relying.browser.follow(page).text
    page = relying.browser.get(
        "/logout",
        id_token_hint=tokens["id_token"],
        post_logout_redirect_uri="https://app.example/bye",
        state="x&y",
    )
    assert page.location == "https://app.example/bye?state=x%26y"
    assert "You are signed out" in relying.browser.get("/logout", client_id=app.client_id).text
    for bad in (
        {"client_id": app.client_id, "logout_uri": "https://evil.example/"},
        {"client_id": app.client_id, "redirect_uri": "https://evil.example/", "response_type": "code"},
        {"id_token_hint": "nonsense", "post_logout_redirect_uri": "https://app.example/bye"},
        {"client_id": "nosuchclient", "logout_uri": "https://app.example/bye"},
        {},
    ):
        page = relying.browser.get("/logout", **bad)
        assert page.status in (400, 401) and page.location is None, bad


def test_revoke(make_relying):
    relying = make_relying()
    app = relying.app
    tokens = json.loads(relying.redeem(relying.code(app.user(), PASSWORD)).body)

    def revoke(**form):
        return relying.browser.send("POST", "/oauth2/revoke", {"client_id": app.client_id} | form)

    assert error(revoke()) == (400, "invalid_request")
    assert error(revoke(token=tokens["access_token"])) == (400, "unsupported_token_type")
    assert error(revoke(token=tokens["refresh_token"], client_id="nosuchclient")) == (400, "invalid_client")
    assert revoke(token="nonsense").status == 200
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert relying.browser.send("GET", USERINFO, headers=bearer).status == 200
    answer = revoke(token=tokens["refresh_token"], token_type_hint="refresh_token")
    assert (answer.status, answer.body) == (200, "")
    assert error(relying.browser.send("GET", USERINFO, headers=bearer)) == (401, "invalid_token")
    refresh = {"grant_type": "refresh_token", "client_id": app.client_id}
    assert error(relying.token(**refresh, refresh_token=tokens["refresh_token"])) == (400, "invalid_grant")


def test_discovery_names_what_is_served(make_relying):
    relying = make_relying()
    answer = relying.browser.get(f"/{relying.app.pool_id}/.well-known/openid-configuration")
    document = json.loads(answer.body)
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert document["issuer"].endswith(f"/{relying.app.pool_id}")
    base = document["issuer"].removesuffix(f"/{relying.app.pool_id}")
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint", "end_session_endpoint"):
        path = document[name].removeprefix(base)
        assert relying.browser.get(path).status in (400, 401, 405), name
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True


def test_preflights(make_relying):
    browser = make_relying().browser
    for path in ("/oauth2/token", "/oauth2/userInfo", "/oauth2/revoke", "/oauth2/par", "/oauth2/introspect"):
        answer = browser.send("OPTIONS", path, headers={"Origin": "https://app.example"})
        assert answer.status == 204 and answer.headers["access-control-allow-origin"] == "*"
        assert "authorization" in answer.headers["access-control-allow-headers"]


def test_levels_that_an_application_asks_for(make_relying):
    """`acr_values` (OpenID Connect Core section 3.1.2.1), with the pool's names for levels."""
    relying = make_relying()
    app, browser = relying.app, relying.browser
    require(app, "OPTIONAL")
    name = app.user()
    authenticator = register(app, app.tokens(name)["AccessToken"])
    high, low = "urn:cognito:loa:4", "urn:cognito:loa:1"

    def told(page):
        tokens = json.loads(relying.redeem(page.answer["code"]).body)
        for token in ("id_token", "access_token"):
            said = claims(tokens[token])
        return said.get("acr"), said.get("amr")

    # Who is not asked for a level says nothing of it.
    assert told(relying.sign_in(name, PASSWORD)) == (None, None)
    # The browser's sign-in is good for the level that it has, and for no higher one.
    assert told(relying.authorize(acr_values=low)) == (low, ["pwd"])
    assert relying.authorize(acr_values=high, prompt="none").answer["error"] == "login_required"
    page = browser.submit(relying.sign_in_page(acr_values=high), username=name, password=PASSWORD)
    assert page.status == 200 and page.location is None
    page = browser.submit(page, code=authenticator.code())
    level, methods = told(page)
    assert level == high and set(methods) == {"pwd", "otp", "mfa"}
    assert told(relying.authorize(acr_values=f"nonsense {high}"))[0] == high
    # A level is a wish: who cannot reach it signs in all the same, and the tokens say how.
    other = Relying(app, Browser(browser.endpoint))
    page = other.sign_in(app.user(), PASSWORD, acr_values=high)
    assert claims(json.loads(other.redeem(page.answer["code"]).body)["id_token"])["acr"] == low
    document = json.loads(browser.get(f"/{app.pool_id}/.well-known/openid-configuration").body)
    assert document["acr_values_supported"] == [f"urn:cognito:loa:{level}" for level in range(1, 5)]
