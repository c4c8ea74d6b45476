"""What attackers do to an application that signs its users in by redirect (RFC 6819, RFC 9700)."""

import json

import pytest
from browser import CALLBACK, OAUTH, Browser, Relying
from support import PASSWORD, make_app, table
from test_oauth import error, make_relying


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": f"{CALLBACK}?x=1"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": "https://app.example/callback/../evil"},
        {"redirect_uri": "https://app.example.evil.example/callback"},
        {"redirect_uri": "https://app.example@evil.example/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": None},
        {"client_id": "nosuchclient"},
        {"client_id": None},
        {"client_id": "x' OR 1=1"},
    ],
    ids=lambda change: str(next(iter(change.values()))),
)
@pytest.mark.parametrize("path", ["/oauth2/authorize", "/login", "/signup", "/forgotPassword", "/confirm"])
def test_nobody_is_sent_where_the_client_did_not_say(make_relying, path, change):
    relying = make_relying()
    page = relying.browser.get(path, **relying.request(**change))
    assert page.status == 400 and page.location is None
    assert "<script" not in page.body


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"scope": "openid nothing"}, "invalid_scope"),
        ({"scope": 'open"id'}, "invalid_scope"),
        ({"scope": "https://api.example.com/read"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "abc"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
        ({"identity_provider": "Google"}, "invalid_request"),
        ({"nonce": "x" * 2000}, "invalid_request"),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else value,
)
def test_errors_that_the_client_is_told(make_relying, change, expected):
    relying = make_relying()
    page = relying.authorize(**change)
    assert page.status == 303 and page.location.startswith(CALLBACK)
    answer = page.answer
    assert (answer["error"], answer["state"]) == (expected, relying.state)
    assert answer["iss"].endswith(relying.app.pool_id) and answer["error_description"] and "code" not in answer


def test_a_parameter_given_twice_is_an_error(make_relying):
    relying = make_relying()
    page = relying.browser.send(
        "GET", f"/oauth2/authorize?client_id={relying.app.client_id}&client_id=other&response_type=code"
    )
    assert page.status == 400 and page.location is None
    answer = relying.browser.send("POST", "/oauth2/token", "grant_type=refresh_token&grant_type=password")
    assert error(answer) == (400, "invalid_request")


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": None}, "invalid_request"),
        ({"code": "nonsense"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:3999/callback"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"client_id": None}, "invalid_client"),
        ({"client_id": "nosuchclient"}, "invalid_client"),
    ],
    ids=lambda value: "-".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else value,
)
def test_errors_of_the_token_endpoint(make_relying, change, expected):
    relying = make_relying()
    code = relying.code(relying.app.user(), PASSWORD)
    answer = relying.redeem(**{"code": code} | change)
    assert error(answer) == (400, expected)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "no-store"
    # A try that was none does not use the code up.
    assert relying.redeem(code).status == 200


def test_the_token_endpoint_takes_forms_only(make_relying):
    browser = make_relying().browser
    answer = browser.send("POST", "/oauth2/token", "{}", {"Content-Type": "application/json"})
    assert error(answer) == (400, "invalid_request")
    assert error(browser.get("/oauth2/token")) == (405, "invalid_request")


def test_a_stolen_code_is_worth_nothing(make_relying, make_client):
    relying = make_relying()
    code = relying.code(relying.app.user(), PASSWORD)
    # Another client of the pool, a client of another pool, and one without the verifier.
    other = Relying(relying.app.beside(make_client(relying.app.pool, **OAUTH)), relying.browser)
    other.verifier = relying.verifier
    stranger = make_relying()
    stranger.verifier = relying.verifier
    for thief in (other, stranger):
        assert error(thief.redeem(code)) == (400, "invalid_grant")
    assert error(relying.redeem(code, code_verifier="y" * 64)) == (400, "invalid_grant")
    assert relying.redeem(code).status == 200


def test_a_code_used_twice_ends_what_it_gave(make_relying):
    relying = make_relying()
    code = relying.code(relying.app.user(), PASSWORD)
    tokens = json.loads(relying.redeem(code).body)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert relying.browser.send("GET", "/oauth2/userInfo", headers=bearer).status == 200
    assert error(relying.redeem(code)) == (400, "invalid_grant")
    assert error(relying.browser.send("GET", "/oauth2/userInfo", headers=bearer)) == (401, "invalid_token")
    refresh = {"grant_type": "refresh_token", "client_id": relying.app.client_id}
    assert error(relying.token(**refresh, refresh_token=tokens["refresh_token"])) == (400, "invalid_grant")


def test_of_a_code_redeemed_many_times_at_once_at_most_one_lives(make_relying):
    from concurrent.futures import ThreadPoolExecutor

    relying = make_relying()
    code = relying.code(relying.app.user(), PASSWORD)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: relying.redeem(code), range(6)))
    won = [json.loads(answer.body) for answer in answers if answer.status == 200]
    assert len(won) <= 1 and {answer.status for answer in answers} <= {200, 400, 503}
    for tokens in won:
        refresh = {"grant_type": "refresh_token", "client_id": relying.app.client_id}
        assert error(relying.token(**refresh, refresh_token=tokens["refresh_token"])) == (400, "invalid_grant")


def test_a_code_is_valid_for_five_minutes(make_relying, table):
    import hashlib

    relying = make_relying()
    code = relying.code(relying.app.user(), PASSWORD)
    key = {"PK": f"GRANT#{hashlib.sha256(code.encode()).hexdigest()}", "SK": "-"}
    grant = table.get_item(Key=key)["Item"]
    assert code not in str(grant)
    assert 0 < int(grant["valid_until"]) / 1000 - int(grant["auth_time"]) / 1000 <= 305
    table.update_item(
        Key=key, UpdateExpression="SET valid_until = :past", ExpressionAttributeValues={":past": 1}
    )
    assert error(relying.redeem(code)) == (400, "invalid_grant")


def test_pkce_cannot_be_left_out_on_the_way(make_relying):
    """An attacker who injects a code of a request without PKCE into a session with it, and the other way round."""
    relying = make_relying()
    name = relying.app.user()
    plain = relying.code(name, PASSWORD, code_challenge=None, code_challenge_method=None)
    assert error(relying.redeem(plain)) == (400, "invalid_grant")
    bound = relying.code(name, PASSWORD, prompt="login")
    assert error(relying.redeem(bound, code_verifier=None)) == (400, "invalid_grant")


def test_a_form_from_another_site_does_nothing(make_relying):
    relying = make_relying()
    name = relying.app.user()
    page = relying.sign_in_page()
    fields = page.forms[-1]["fields"] | {"username": name, "password": PASSWORD}
    victim = Browser(relying.browser.endpoint)
    # Without the cookie, with another browser's token, without a token, and as the browser tells it is from elsewhere.
    for browser, form, headers in (
        (victim, fields, {}),
        (relying.browser, fields | {"csrf": "x" * 43}, {}),
        (relying.browser, fields | {"csrf": ""}, {}),
        (relying.browser, fields, {"Sec-Fetch-Site": "cross-site"}),
        (relying.browser, fields, {"Content-Type": "text/plain"}),
    ):
        answer = browser.send("POST", page.forms[-1]["action"], form, headers)
        assert answer.status == 400 and answer.location is None
        assert not any("gatehouse-" in cookie and "csrf" not in cookie for cookie in answer.cookies)
    assert relying.browser.send("POST", page.forms[-1]["action"], fields).status == 303


def test_pages_are_guarded(make_relying):
    relying = make_relying()
    for path in ("/login", "/signup", "/forgotPassword", "/confirm"):
        page = relying.browser.get(path, **relying.request())
        assert page.status == 200, path
        policy = page.headers["content-security-policy"]
        for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self' https://app.example;"):
            assert part in policy
        assert "unsafe" not in policy
        assert page.headers["strict-transport-security"].startswith("max-age=")
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-frame-options"] == "DENY"
    answer = relying.sign_in(relying.app.user(), PASSWORD)
    assert answer.headers["referrer-policy"] == "no-referrer" and answer.headers["cache-control"] == "no-store"
    (cookie,) = [cookie for cookie in answer.cookies if "csrf" not in cookie]
    assert cookie.startswith("__Host-gatehouse-")
    for guard in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert guard in cookie
    assert "Domain" not in cookie


def test_what_is_typed_comes_back_as_text(make_relying):
    relying = make_relying()
    harm = "\"><script>alert(1)</script>"
    page = relying.sign_in_page(state=harm, login_hint=harm)
    assert "<script>" not in page.body
    page = relying.browser.submit(page, username=harm, password="x")
    assert "<script>" not in page.body


def test_the_page_tells_nobody_who_has_an_account(make_relying):
    relying = make_relying(PreventUserExistenceErrors="LEGACY")
    name = relying.app.user()
    page = relying.sign_in_page()
    wrong = relying.browser.submit(page, username=name, password="Wrong-Pass-1")
    nobody = relying.browser.submit(page, username="nobody-at-all", password="Wrong-Pass-1")
    assert wrong.status == nobody.status == 400
    assert wrong.text == nobody.text and "not right" in wrong.text
    forgot = [
        relying.browser.submit(relying.browser.get("/forgotPassword", **relying.request()), username=who)
        for who in (name, "nobody-at-all")
    ]
    assert forgot[0].status == forgot[1].status == 200 and forgot[0].text == forgot[1].text
    resent = [
        relying.browser.submit(
            relying.browser.get("/confirm", **relying.request(), username=who), button="resend", code=""
        )
        for who in (name, "nobody-at-all")
    ]
    assert resent[0].status == resent[1].status == 200 and resent[0].text == resent[1].text


def test_the_lockout_of_the_api_is_the_lockout_of_the_page(make_relying):
    relying = make_relying()
    name = relying.app.user()
    page = relying.sign_in_page()
    for _ in range(6):
        answer = relying.browser.submit(page, username=name, password="Wrong-Pass-1")
    answer = relying.browser.submit(page, username=name, password=PASSWORD)
    assert answer.status == 400 and "Too many tries" in answer.text


def test_a_cookie_of_one_pool_opens_no_other(make_relying):
    relying, other = make_relying(), make_relying()
    relying.code(relying.app.user(), PASSWORD)
    (name,) = [name for name in relying.browser.cookies if "csrf" not in name]
    value = relying.browser.cookies[name]
    other.browser.cookies[f"__Host-gatehouse-{other.app.pool_id.split('_')[1]}"] = value
    assert other.authorize(prompt="none").answer["error"] == "login_required"
    for broken in (value[:-2], value + "A", "", "AAAA"):
        relying.browser.cookies[name] = broken
        assert relying.authorize(prompt="none").answer["error"] == "login_required"


def test_a_client_without_oauth_has_none_of_it(make_app, endpoint):
    relying = Relying(make_app(CallbackURLs=[CALLBACK]), Browser(endpoint))
    assert relying.authorize().answer["error"] == "unauthorized_client"
    assert error(relying.token(grant_type="refresh_token", client_id=relying.app.client_id, refresh_token="x")) == (
        400,
        "unauthorized_client",
    )
