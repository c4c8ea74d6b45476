"""Device authorization (RFC 8628): what a device and its user see, and what somebody who is neither gets."""

import concurrent.futures
import json
import os
import secrets

import pytest
from browser import OAUTH, Browser, Relying, query
from oauth_support import API, READ, Key, add_api, error, post, relying_with, secret_of, tag
from support import PASSWORD, claims, invoke, local_aws, make_app  # noqa: F401

AUTHORIZE, TOKEN = "/oauth2/device_authorization", "/oauth2/token"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
REGISTER = "aws.cognito/dcr/register"
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class Device:
    """A client without a keyboard, and a person with a browser."""

    def __init__(self, relying, **more):
        self.app, self.browser = relying.app, Browser(relying.browser.endpoint)
        answer = self.begin(**more)
        assert answer.status == 200 and answer.headers["cache-control"] == "no-store", answer.body
        self.told = json.loads(answer.body)

    def post(self, path, form, headers=None):
        return post(self.browser.endpoint, path, {"client_id": self.app.client_id} | form, headers)

    def begin(self, headers=None, **more):
        return self.post(AUTHORIZE, {"scope": "openid email"} | more, headers)

    def poll(self, headers=None, **more):
        return self.post(TOKEN, {"grant_type": GRANT, "device_code": self.told["device_code"]} | more, headers)

    def enter(self, code=None):
        page = self.browser.get("/device")
        return self.browser.submit(page, user_code=code or self.told["user_code"])

    def question(self, name):
        """Enters the code and signs in; the page that asks."""
        page = self.browser.follow(self.browser.follow(self.enter()))
        return self.browser.follow(self.browser.submit(page, username=name, password=PASSWORD))

    def say(self, name, what="allow"):
        return self.browser.submit(self.question(name), button=what)


@pytest.fixture
def relying(make_app, endpoint):
    return relying_with(make_app, endpoint, "device-code")


@pytest.fixture
def late():
    """A function: moves the moments of a device's item back by some seconds."""

    def move(device, seconds):
        import hashlib

        code = device.told["user_code"].replace("-", "")
        key = hashlib.sha256(f"user code {code}".encode()).hexdigest()
        local_aws("dynamodb").update_item(
            TableName=os.environ["GATEHOUSE_TABLE"],
            Key={"PK": {"S": f"GRANT#{key}"}, "SK": {"S": "-"}},
            UpdateExpression="ADD valid_until :past",
            ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeValues={":past": {"N": str(-1000 * seconds)}},
        )

    return move


def test_a_device_gets_its_user_s_tokens_once(relying, endpoint):
    app, name = relying.app, relying.app.user()
    device = Device(relying)
    told = device.told
    assert told["verification_uri"] == f"{app_base(app, endpoint)}/device" and told["interval"] == 5
    assert 0 < told["expires_in"] <= 1800 and query(told["verification_uri_complete"])["user_code"] == told["user_code"]
    first, second = told["user_code"].split("-")
    assert len(first) == len(second) == 4 and set(first + second) <= set(LETTERS)
    assert error(device.poll()) == (400, "authorization_pending")
    assert error(device.poll()) == (400, "slow_down")

    # The link fills the code in, and the user still has to send it.
    page = device.browser.get("/device", user_code=told["user_code"].lower().replace("-", ""))
    assert page.status == 200 and page.forms[0]["fields"]["user_code"] == told["user_code"]
    page = device.browser.submit(page)
    assert page.status == 303 and told["user_code"] not in page.location
    login = device.browser.follow(device.browser.follow(page))
    page = device.browser.follow(device.browser.submit(login, username=name, password=PASSWORD))
    assert page.status == 200 and told["user_code"] in page.text and name in page.text
    assert app.client["ClientName"] in page.text and "See your email address" in page.text
    assert "no-store" in page.headers["cache-control"] and "frame-ancestors 'none'" in page.headers["content-security-policy"]
    page = device.browser.submit(page, button="allow")
    assert page.status == 200 and "Your device is connected" in page.text

    answer = device.poll()
    assert answer.status == 200, answer.body
    tokens = json.loads(answer.body)
    assert tokens["scope"] == "openid email" and tokens["token_type"] == "Bearer"
    identity, access = claims(tokens["id_token"]), claims(tokens["access_token"])
    assert identity["cognito:username"] == name and identity["aud"] == access["client_id"] == app.client_id
    assert "nonce" not in identity and identity["auth_time"] <= identity["iat"] and identity["at_hash"]
    assert access["scope"] == "openid email" and access["origin_jti"]
    assert error(device.poll()) == (400, "invalid_grant")
    renewed = relying.token(grant_type="refresh_token", client_id=app.client_id, refresh_token=tokens["refresh_token"])
    assert renewed.status == 200
    # The sign-in of the device ends like any other.
    app.cognito.admin_user_global_sign_out(UserPoolId=app.pool_id, Username=name)
    renewed = relying.token(grant_type="refresh_token", client_id=app.client_id, refresh_token=tokens["refresh_token"])
    assert error(renewed) == (400, "invalid_grant")


def app_base(app, endpoint):
    document = json.loads(Browser(endpoint).get(f"/{app.pool_id}/.well-known/openid-configuration").body)
    assert GRANT in document["grant_types_supported"]
    base, path = document["device_authorization_endpoint"].rsplit("/oauth2/", 1)
    assert path == "device_authorization"
    return base


def test_nothing_of_this_is_there_until_the_owner_says_so(make_app, endpoint):
    relying = Relying(make_app(**OAUTH), Browser(endpoint))
    app = relying.app
    assert error(post(endpoint, AUTHORIZE, {"client_id": app.client_id})) == (400, "unauthorized_client")
    asked = post(endpoint, TOKEN, {"client_id": app.client_id, "grant_type": GRANT, "device_code": "x"})
    assert error(asked) == (400, "unauthorized_client")
    document = json.loads(Browser(endpoint).get(f"/{app.pool_id}/.well-known/openid-configuration").body)
    assert "device_authorization_endpoint" not in document and GRANT not in document["grant_types_supported"]


def test_a_request_that_cannot_be_granted_is_refused_at_once(make_app, endpoint):
    relying = relying_with(
        make_app, endpoint, "device-code", GenerateSecret=True, AllowedOAuthScopes=["openid", REGISTER]
    )
    app, own = relying.app, secret_of(relying.app)
    for form, headers, expected in (
        ({"client_id": app.client_id}, None, (400, "invalid_client")),
        ({"client_id": "nosuchclient"}, None, (400, "invalid_client")),
        ({"scope": "openid nonsense"}, own, (400, "invalid_scope")),
        ({"scope": 'open"id'}, own, (400, "invalid_scope")),
        # A client's own scope, never a user's.
        ({"scope": f"openid {REGISTER}"}, own, (400, "invalid_scope")),
        ({"resource": "not a uri"}, own, (400, "invalid_target")),
    ):
        assert error(post(endpoint, AUTHORIZE, form, headers)) == expected, form
    assert error(Browser(endpoint).get(AUTHORIZE)) == (405, "invalid_request")
    assert post(endpoint, AUTHORIZE, {}, own).status == 200
    assert error(post(endpoint, TOKEN, {"grant_type": GRANT}, own)) == (400, "invalid_request")


def test_what_is_asked_for_is_said_in_the_words_of_who_made_it(make_app, make_client, endpoint):
    relying = relying_with(make_app, endpoint, "device-code")
    app = relying.app
    add_api(app)
    app.client = make_client(app.pool, **OAUTH | {"AllowedOAuthScopes": ["openid", READ]}, ClientName="TV, living room")
    tag(app, feature="device-code dpop")
    name, key = app.user(), Key()
    device = Device(relying, scope=f"openid {READ}", resource=API)
    page = device.question(name)
    assert "Connect your device to TV, living room?" in page.text
    assert "Know who you are" in page.text and page.body.count("<li>") == 2 and "<li>read</li>" in page.body
    # A form from elsewhere says nothing.
    form = page.forms[0]
    assert device.browser.send("POST", form["action"], {"csrf": "x" * 43, "action": "allow"}).status == 400
    assert device.browser.send("POST", form["action"], form["fields"]).status == 400
    assert error(device.poll()) == (400, "authorization_pending")
    device.browser.submit(page, button="allow")
    url = f"{app_base(app, endpoint)}{TOKEN}"
    tokens = json.loads(device.poll(key.proof("POST", url)).body)
    assert tokens["token_type"] == "DPoP" and tokens["scope"] == f"openid {READ}"
    access = claims(tokens["access_token"])
    assert access["cnf"]["jkt"] and access["aud"] == API


def test_a_user_may_say_no_and_only_once(relying):
    name = relying.app.user()
    device = Device(relying)
    page = device.question(name)
    assert "The device gets no access" in device.browser.submit(page, button="deny").text
    assert error(device.poll()) == (400, "access_denied")
    # What was said stays said, and the code is used up.
    again = device.browser.submit(page, button="allow")
    assert again.status == 400 and "This code does not work" in again.text
    assert error(device.poll()) == (400, "access_denied")
    assert device.enter().status == 400
    # Who is signed in in this browser is asked at once, and may be somebody else.
    other = Device(relying)
    other.browser = device.browser
    page = other.browser.follow(other.enter())
    assert page.status == 200 and name in page.text
    assert any(link.startswith("/login") for link in page_links(page))


def page_links(page):
    from browser import Forms

    return Forms(page.body).links


def test_codes_of_others_open_nothing(make_app, make_client, relying, endpoint):
    app, name = relying.app, relying.app.user()
    device = Device(relying)
    other = make_client(app.pool, **OAUTH)
    tag(app, everyone="device-code")
    page = device.question(name)
    device.browser.submit(page, button="allow")
    assert error(device.poll(client_id=other["ClientId"])) == (400, "invalid_grant")
    code = device.told["device_code"]
    for wrong in (code[:-4] + "AAAA", "x", device.told["user_code"]):
        assert error(device.poll(device_code=wrong)) == (400, "invalid_grant"), wrong
    # A code is no authorization code, and what the pages carry is no code and one client's.
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": relying.redirect_uri}
    assert error(device.post(TOKEN, asked)) == (400, "invalid_grant")
    carried = query(page.url)["device_request"]
    assert error(device.poll(device_code=carried)) == (400, "invalid_grant")
    for path in ("/device", "/login"):
        assert device.browser.get(path, client_id=other["ClientId"], device_request=carried).status == 400
    assert device.poll().status == 200


def test_who_changes_after_saying_yes_takes_it_back(relying):
    app = relying.app
    for change in (
        lambda name: app.cognito.admin_user_global_sign_out(UserPoolId=app.pool_id, Username=name),
        lambda name: app.cognito.admin_disable_user(UserPoolId=app.pool_id, Username=name),
    ):
        name, device = app.user(), Device(relying)
        device.say(name)
        change(name)
        assert error(device.poll()) == (400, "invalid_grant")


def test_codes_expire(relying, late):
    name, device = relying.app.user(), Device(relying)
    page = device.question(name)
    late(device, 901)
    assert error(device.poll()) == (400, "expired_token")
    assert "This code does not work" in device.browser.submit(page, button="allow").text
    assert "This code does not work" in device.enter().text
    # To the last minute.
    device = Device(relying)
    page = device.question(name)
    late(device, 840)
    device.browser.submit(page, button="allow")
    assert device.poll().status == 200


def test_of_questions_that_race_one_gets_tokens(relying):
    name, device = relying.app.user(), Device(relying)
    device.say(name)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = [answer.result() for answer in [pool.submit(device.poll) for _ in range(6)]]
    won = [json.loads(answer.body) for answer in answers if answer.status == 200]
    assert len(won) == 1
    assert {json.loads(answer.body)["error"] for answer in answers if answer.status != 200} <= {"invalid_grant", "temporarily_unavailable"}
    renewed = relying.token(grant_type="refresh_token", client_id=relying.app.client_id, refresh_token=won[0]["refresh_token"])
    assert renewed.status == 200


def test_whoever_asks_too_often_is_slowed_down_for_good(relying):
    device = Device(relying)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = [json.loads(answer.result().body)["error"] for answer in [pool.submit(device.poll) for _ in range(6)]]
    assert answers.count("authorization_pending") <= 1 and set(answers) <= {"authorization_pending", "slow_down"}
    # At least one came too early after another was noted, so waiting the first interval is not enough any more.
    device.poll()
    assert error(device.poll()) == (400, "slow_down")


def test_guessing_codes_is_limited_by_where_it_comes_from(relying):
    address, csrf = f"198.18.{secrets.randbelow(256)}.{secrets.randbelow(256)}", "c" * 43

    def enter(code, source):
        event = {
            "version": "2.0",
            "routeKey": "ANY /device",
            "rawPath": "/device",
            "rawQueryString": "",
            "headers": {"content-type": "application/x-www-form-urlencoded", "host": "auth.example"},
            "cookies": [f"__Host-gatehouse-csrf={csrf}"],
            "requestContext": {"http": {"method": "POST", "path": "/device", "protocol": "HTTP/1.1", "sourceIp": source}},
            "body": f"csrf={csrf}&user_code={code}",
            "isBase64Encoded": False,
        }
        answer = invoke("connect-device", event)
        return answer["statusCode"], answer.get("body") or ""

    device = Device(relying)
    guesses = ["".join(secrets.choice(LETTERS) for _ in range(8)) for _ in range(64)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda guess: enter(guess, address), guesses))
    assert all(status == 400 for status, _ in answers)
    assert sum("does not work" in body for _, body in answers) <= 60
    # The right one tells no more than another by now; elsewhere it works.
    status, body = enter(device.told["user_code"], address)
    assert status == 400 and "Too many tries" in body
    assert enter(device.told["user_code"], f"2001:db8:{secrets.token_hex(2)}::1")[0] == 303
