"""Applications that become clients by themselves (RFC 7591), where DcrConfiguration lets them."""

import json
import secrets

from browser import CALLBACK, OAUTH, Browser, Relying, basic
from oauth_support import API, MACHINE, READ, WRITE, add_api, error, post, secret_of
from support import PASSWORD, make_app, refused, table  # noqa: F401

REGISTER, SCOPE = "/oauth2/register", "aws.cognito/dcr/register"
APPLICATION = {"redirect_uris": [CALLBACK], "client_name": "An application", "token_endpoint_auth_method": "none"}
A_MACHINE = {"grant_types": ["client_credentials"], "scope": READ}


def let(app, **dcr):
    app.cognito.update_user_pool(UserPoolId=app.pool_id, DcrConfiguration=dcr)


def register(endpoint, metadata, token=None, host=None, pool=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    headers |= {"Host": host} if host else {}
    path = REGISTER + (f"?user_pool_id={pool}" if pool else "")
    return Browser(endpoint).send("POST", path, json.dumps(metadata), headers)


def registrar(make_app, **client):
    """An application whose client may have initial access tokens."""
    return make_app(**MACHINE | {"AllowedOAuthScopes": [SCOPE]} | client)


def initial_token(app, endpoint):
    answer = post(endpoint, "/oauth2/token", {"grant_type": "client_credentials", "scope": SCOPE}, secret_of(app))
    return json.loads(answer.body)["access_token"]


def test_an_application_registers_and_signs_a_user_in(make_app, endpoint):
    app = registrar(make_app)
    add_api(app)
    let(app, AllowedScopes=[READ])
    shown = app.cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]["DcrConfiguration"]
    assert shown == {"EnableStatus": "Enabled", "OpenDcrEnabled": False, "AllowedScopes": [READ]}
    token = initial_token(app, endpoint)
    answer = register(endpoint, APPLICATION | {"scope": "openid email", "software_id": "ignored"}, token)
    assert answer.status == 201 and answer.headers["cache-control"] == "no-store", answer.body
    told = json.loads(answer.body)
    assert told["redirect_uris"] == [CALLBACK] and told["scope"] == "openid email" and "client_secret" not in told
    assert told["grant_types"] == ["authorization_code", "refresh_token"] and told["response_types"] == ["code"]
    shown = app.cognito.describe_user_pool_client(UserPoolId=app.pool_id, ClientId=told["client_id"])["UserPoolClient"]
    assert shown["ClientName"] == "An application" and shown["AllowedOAuthFlows"] == ["code"]
    assert shown["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"] and shown["SupportedIdentityProviders"] == ["COGNITO"]
    listed = app.cognito.list_user_pool_clients(UserPoolId=app.pool_id)["UserPoolClients"]
    assert told["client_id"] in {client["ClientId"] for client in listed}
    name = app.user()
    app.client = shown
    relying = Relying(app, Browser(endpoint))
    assert json.loads(relying.redeem(relying.code(name, PASSWORD)).body)["id_token"]
    # With a secret, which is shown this once.
    told = json.loads(register(endpoint, {"redirect_uris": [CALLBACK]}, token).body)
    assert told["token_endpoint_auth_method"] == "client_secret_basic" and told["client_secret_expires_at"] == 0
    assert len(told["client_secret"]) >= 24 and told["scope"] == "openid email phone profile"
    told = json.loads(register(endpoint, A_MACHINE, token).body)
    form = {"grant_type": "client_credentials"}
    assert post(endpoint, "/oauth2/token", form, basic(told["client_id"], told["client_secret"])).status == 200
    # No client hands on the right to register; a scope that the owner did not name, or that no API has, is nobody's.
    let(app, AllowedScopes=[READ, SCOPE, f"{API}/gone"])
    for scope in (SCOPE, WRITE, f"{API}/gone", "aws.cognito.signin.user.admin"):
        assert error(register(endpoint, A_MACHINE | {"scope": scope}, token)) == (400, "invalid_client_metadata"), scope


def test_nobody_registers_whom_the_owner_does_not_let(make_app, make_client, endpoint):
    app, other = registrar(make_app), registrar(make_app)
    token = initial_token(app, endpoint)
    document = Browser(endpoint).get(f"/{app.pool_id}/.well-known/openid-configuration").body
    assert "registration_endpoint" not in json.loads(document)
    assert error(register(endpoint, APPLICATION, token)) == (400, "access_denied")
    assert error(register(endpoint, APPLICATION, pool=app.pool_id)) == (401, "invalid_token")
    let(app)
    # Without a token, with none of this pool's, with a user's, with one that has another scope.
    app.client = make_client(app.pool)
    users = app.tokens(app.user())
    theirs = initial_token(other, endpoint)
    for bad in (None, "nonsense", users["IdToken"], users["AccessToken"], theirs, token[:-8] + "AAAAAAAA"):
        answer = register(endpoint, APPLICATION, bad, pool=app.pool_id)
        assert error(answer) == (401, "invalid_token"), bad
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    assert error(register(endpoint, APPLICATION, token, pool=other.pool_id)) == (401, "invalid_token")
    assert error(register(endpoint, APPLICATION, token, pool="eu-west-1_nowhere00")) == (401, "invalid_token")
    assert error(register(endpoint, APPLICATION, pool="eu-west-1_nowhere00")) == (400, "invalid_request")
    assert error(Browser(endpoint).get(REGISTER)) == (405, "invalid_request")
    # An empty list turns one kind off, an update that does not name it changes nothing, LITE has none of it.
    let(app, AuthenticatedGrantTypes=["code"])
    app.cognito.update_user_pool(UserPoolId=app.pool_id)
    assert error(register(endpoint, A_MACHINE, token)) == (400, "invalid_client_metadata")
    assert register(endpoint, APPLICATION, token).status == 201
    with refused("FeatureUnavailableInTierException"):
        app.cognito.update_user_pool(UserPoolId=app.pool_id, UserPoolTier="LITE")
    let(app, AuthenticatedGrantTypes=[])
    assert error(register(endpoint, APPLICATION, token)) == (400, "access_denied")


def test_errors_that_an_application_is_told(make_app, endpoint):
    app = registrar(make_app, AllowedOAuthFlows=["code"], CallbackURLs=[CALLBACK], AllowedOAuthScopes=["openid", SCOPE])
    # No user gives the right to register.
    relying = Relying(app, Browser(endpoint))
    assert relying.browser.get("/oauth2/authorize", **relying.request(scope=f"openid {SCOPE}")).answer["error"] == "invalid_scope"
    let(app, OpenDcrEnabled=True)
    for told, metadata in (
        ("invalid_redirect_uri", {}),
        ("invalid_redirect_uri", {"redirect_uris": ["https://app.example/", "http://app.example/"]}),
        ("invalid_redirect_uri", {"redirect_uris": ["javascript:alert(1)"]}),
        ("invalid_redirect_uri", {"redirect_uris": ["data:text/html,x"]}),
        ("invalid_redirect_uri", {"redirect_uris": ["https://app.example/#x"]}),
        ("invalid_redirect_uri", {"redirect_uris": ["https://*.app.example/"]}),
        ("invalid_redirect_uri", {"redirect_uris": ["https://app.example/"] * 101}),
        ("invalid_client_metadata", []),
        ("invalid_client_metadata", APPLICATION | {"client_name": "x" * 300_000}),
        ("invalid_client_metadata", APPLICATION | {"grant_types": ["implicit"]}),
        ("invalid_client_metadata", APPLICATION | {"response_types": ["token"]}),
        ("invalid_client_metadata", APPLICATION | {"token_endpoint_auth_method": "tls_client_auth"}),
        ("invalid_client_metadata", APPLICATION | {"scope": "aws.cognito.signin.user.admin"}),
        ("invalid_client_metadata", A_MACHINE),
    ):
        answer = register(endpoint, metadata, pool=app.pool_id)
        assert error(answer) == (400, told), metadata
        assert "access-control-allow-origin" in answer.headers


def test_an_open_pool_takes_strangers_at_its_own_domain(make_app, endpoint):
    app = make_app(**OAUTH)
    let(app, OpenDcrEnabled=True)
    domain = f"reg-{secrets.token_hex(6)}"
    app.cognito.create_user_pool_domain(UserPoolId=app.pool_id, Domain=domain)
    host = f"{domain}.{endpoint.split('://')[1]}"
    assert error(register(endpoint, APPLICATION)) == (401, "invalid_token")
    answer = register(endpoint, APPLICATION, host=host)
    assert answer.status == 201 and register(endpoint, APPLICATION, host=host, pool=app.pool_id).status == 201
    assert error(register(endpoint, APPLICATION, host=host, pool="eu-west-1_nowhere00")) == (400, "invalid_request")
    app.cognito.delete_user_pool_domain(UserPoolId=app.pool_id, Domain=domain)


def test_whoever_registers_leaves_the_owner_room(make_app, make_client, endpoint, table):
    app = make_app()
    let(app, OpenDcrEnabled=True)
    made = json.loads(register(endpoint, APPLICATION, pool=app.pool_id).body)
    key = {"PK": f"POOL#{app.pool_id}", "SK": "COUNT#clients"}
    assert table.get_item(Key=key)["Item"]["count"] == 2
    table.put_item(Item=key | {"count": 900})
    assert error(register(endpoint, APPLICATION, pool=app.pool_id)) == (400, "access_denied")
    assert make_client(app.pool)["ClientId"]
    table.put_item(Item=key | {"count": 1000})
    with refused("LimitExceededException", "A user pool has at most 1000 clients."):
        make_client(app.pool)
    app.cognito.delete_user_pool_client(UserPoolId=app.pool_id, ClientId=made["client_id"])
    assert make_client(app.pool)["ClientId"]
