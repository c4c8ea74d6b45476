"""The token endpoint without a browser: client credentials and token exchange (RFC 6749 section 4.4, RFC 8693)."""

import json

import pytest
from browser import basic
from oauth_support import API, MACHINE, READ, WRITE, add_api, error, post
from support import PASSWORD, claims, make_app  # noqa: F401

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS, ID = (f"urn:ietf:params:oauth:token-type:{kind}" for kind in ("access_token", "id_token"))
FLOWS = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"]


@pytest.fixture
def shop(make_app, make_client, endpoint):
    app = make_app()
    add_api(app)
    return Shop(app, make_client, endpoint)


class Shop:
    def __init__(self, app, make_client, endpoint):
        self.app, self.endpoint = app, endpoint
        self.service = make_client(app.pool, **MACHINE, AllowedOAuthScopes=[READ, WRITE], ExplicitAuthFlows=FLOWS)
        self.plain = make_client(app.pool, GenerateSecret=True, AllowedOAuthFlowsUserPoolClient=False)

    def token(self, client=None, headers=None, **form):
        client = client or self.service
        return post(self.endpoint, "/oauth2/token", form, headers or basic(client["ClientId"], client["ClientSecret"]))

    def machine(self, **form):
        return self.token(grant_type="client_credentials", **form)

    def exchange(self, subject, kind=ACCESS, **form):
        return self.token(grant_type=EXCHANGE, subject_token=subject, subject_token_type=kind, **form)


def test_client_credentials(shop):
    answer = shop.machine(scope=READ)
    assert answer.status == 200 and answer.headers["cache-control"] == "no-store"
    told = json.loads(answer.body)
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 3600, READ)
    # A client's token cannot be renewed, and nobody is signed in (RFC 6749 section 4.4.3).
    assert not {"refresh_token", "id_token"} & set(told)
    said = claims(told["access_token"])
    assert said["sub"] == said["client_id"] == shop.service["ClientId"]
    assert (said["token_use"], said["scope"], said["version"]) == ("access", READ, 2)
    assert said["iss"].endswith(f"/{shop.app.pool_id}") and "username" not in said and "aud" not in said
    assert json.loads(shop.machine().body)["scope"].split() == [READ, WRITE]
    bound = json.loads(shop.machine(resource=API).body)
    assert claims(bound["access_token"])["aud"] == API


def test_errors_of_client_credentials(shop):
    assert error(shop.machine(scope=f"{API}/delete")) == (400, "invalid_scope")
    assert error(shop.machine(scope="openid")) == (400, "invalid_scope")
    assert error(shop.machine(scope='a"b')) == (400, "invalid_scope")
    assert error(shop.machine(resource="https://nobody.example")) == (400, "invalid_target")
    assert error(shop.machine(aws_client_metadata="nonsense")) == (400, "invalid_request")
    assert error(shop.token(shop.plain, grant_type="client_credentials")) == (400, "unauthorized_client")
    wrong = basic(shop.service["ClientId"], "wrong" * 8)
    refused = shop.token(headers=wrong, grant_type="client_credentials")
    assert error(refused) == (401, "invalid_client") and refused.headers["www-authenticate"].startswith("Basic ")
    assert error(shop.token(grant_type="password", username="ann", password="x")) == (400, "unsupported_grant_type")


def test_a_user_info_of_a_machine_there_is_none(shop):
    token = json.loads(shop.machine().body)["access_token"]
    answer = post(shop.endpoint, "/oauth2/userInfo", {"access_token": token})
    assert error(answer) == (401, "invalid_token")


def test_token_exchange(shop):
    tokens = shop.app.tokens(shop.app.user())
    told = json.loads(shop.exchange(tokens["AccessToken"]).body)
    assert (told["token_type"], told["issued_token_type"]) == ("Bearer", ACCESS)
    assert told["scope"] == "aws.cognito.signin.user.admin" and "refresh_token" not in told
    said = claims(told["access_token"])
    assert said["sub"] == claims(tokens["AccessToken"])["sub"] and said["client_id"] == shop.service["ClientId"]
    # With an actor it says who acts (RFC 8693 section 4.1).
    actor = json.loads(shop.machine().body)["access_token"]
    told = json.loads(shop.exchange(tokens["IdToken"], ID, actor_token=actor, actor_token_type=ACCESS, audience="billing").body)
    said = claims(told["access_token"])
    assert said["act"]["sub"] == shop.service["ClientId"] and said["aud"] == "billing" and "scope" not in said
    told = json.loads(shop.exchange(tokens["AccessToken"], requested_token_type=ID).body)
    assert (told["token_type"], told["issued_token_type"]) == ("N_A", ID)
    # Asked for more than it has, a client gets what both have (scopes are intersected).
    machine = json.loads(shop.machine(scope=READ).body)["access_token"]
    assert json.loads(shop.exchange(machine, scope=f"{READ} {WRITE}").body)["scope"] == READ


def test_errors_of_token_exchange(shop):
    token = shop.app.tokens(shop.app.user())["AccessToken"]
    saml = "urn:ietf:params:oauth:token-type:saml2"
    for told, form in (
        ("invalid_request", {"kind": saml}),
        ("invalid_request", {"kind": ID}),
        ("invalid_request", {"requested_token_type": saml}),
        ("invalid_request", {"actor_token": token}),
        ("invalid_request", {"actor_token_type": ACCESS}),
        ("invalid_request", {"actor_token": "nonsense", "actor_token_type": ACCESS}),
        ("invalid_request", {"audience": "a", "resource": API}),
        ("invalid_target", {"resource": "https://nobody.example"}),
        ("invalid_target", {"audience": shop.app.client_id}),
        ("invalid_scope", {"scope": READ}),
    ):
        assert error(shop.exchange(token, **form)) == (400, told), form
    assert error(shop.exchange("nonsense")) == (400, "invalid_request")
    assert error(shop.token(grant_type=EXCHANGE, subject_token=token)) == (400, "invalid_request")
    assert error(shop.token(grant_type=EXCHANGE, subject_token_type=ACCESS)) == (400, "invalid_request")


def test_authlib_gets_a_token_for_itself_and_exchanges_it(shop):
    from authlib.integrations.requests_client import OAuth2Session

    client = OAuth2Session(shop.service["ClientId"], shop.service["ClientSecret"], scope=READ)
    url = f"{shop.endpoint}/oauth2/token"
    token = client.fetch_token(url, grant_type="client_credentials")
    assert token["scope"] == READ and not token.is_expired()
    exchanged = client.fetch_token(
        url, grant_type=EXCHANGE, subject_token=token["access_token"], subject_token_type=ACCESS, resource=API
    )
    assert claims(exchanged["access_token"])["aud"] == API
