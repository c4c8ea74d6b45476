"""Resource servers and their scopes, and what clients may be allowed of OAuth 2.0."""

import pytest
from boto3.dynamodb.conditions import Key
from support import at_once, make_app, refused, table, unchecked

API = "https://api.example.com/v1"
READ = {"ScopeName": "read", "ScopeDescription": "Read what there is"}
WRITE = {"ScopeName": "write", "ScopeDescription": "Change it"}
CODE = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid"],
    "CallbackURLs": ["https://example.com/callback"],
}


def create(app, identifier=API, *scopes):
    answer = app.cognito.create_resource_server(
        UserPoolId=app.pool_id, Identifier=identifier, Name="API", Scopes=list(scopes)
    )
    return answer["ResourceServer"]


def describe(app, identifier=API):
    answer = app.cognito.describe_resource_server(UserPoolId=app.pool_id, Identifier=identifier)
    return answer["ResourceServer"]


def test_create_resource_server(make_app):
    app = make_app()
    server = create(app, API, READ, WRITE)
    assert server == {"UserPoolId": app.pool_id, "Identifier": API, "Name": "API", "Scopes": [READ, WRITE]}
    with refused("InvalidParameterException", f"{API} already exists in user pool {app.pool_id}."):
        create(app)
    # The same identifier in another pool is another resource server.
    assert create(make_app())["Scopes"] == []
    with refused("ResourceNotFoundException"):
        app.cognito.create_resource_server(UserPoolId="us-east-1_Nowhere00", Identifier=API, Name="API")


@pytest.mark.parametrize(
    "settings",
    [
        {"Identifier": "two words"},
        {"Identifier": 'quo"te'},
        {"Identifier": "x" * 257},
        {"Identifier": "aws.cognito"},
        {"Name": ""},
        {"Scopes": [READ | {"ScopeName": "read/all"}]},
        {"Scopes": [READ, READ]},
        {"Scopes": [READ | {"ScopeDescription": ""}]},
        {"Scopes": [{"ScopeName": f"s{n}", "ScopeDescription": "one of many"} for n in range(101)]},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_resource_servers_that_cannot_be(make_app, unchecked, settings):
    app = make_app()
    with refused("InvalidParameterException"):
        unchecked.create_resource_server(**{"UserPoolId": app.pool_id, "Identifier": API, "Name": "API"} | settings)
    assert app.cognito.list_resource_servers(UserPoolId=app.pool_id, MaxResults=1)["ResourceServers"] == []


def test_describe_resource_server(make_app):
    app = make_app()
    server = create(app, API, READ)
    assert describe(app) == server
    with refused("ResourceNotFoundException", "Resource server nothing does not exist."):
        describe(app, "nothing")
    with refused("ResourceNotFoundException"):
        describe(make_app())


def test_update_resource_server(make_app):
    app = make_app()
    create(app, API, READ)
    request = {"UserPoolId": app.pool_id, "Identifier": API}
    after = app.cognito.update_resource_server(**request, Name="The API", Scopes=[WRITE, READ])["ResourceServer"]
    assert (after["Name"], after["Scopes"]) == ("The API", [WRITE, READ])
    assert describe(app) == after
    # Scopes that an update does not name go.
    assert app.cognito.update_resource_server(**request, Name="API")["ResourceServer"]["Scopes"] == []
    with refused("ResourceNotFoundException"):
        app.cognito.update_resource_server(**request | {"Identifier": "nothing"}, Name="API")


def test_of_updates_at_once_none_is_lost(make_app):
    app = make_app()
    create(app)

    def update(name):
        return lambda: app.cognito.update_resource_server(UserPoolId=app.pool_id, Identifier=API, Name=name)

    answers = dict(zip("abc", at_once(*map(update, "abc"))))
    assert None in answers.values()
    assert {answer[0] for answer in answers.values() if answer} <= {"TooManyRequestsException"}
    assert answers[describe(app)["Name"]] is None


def test_delete_resource_server(make_app):
    app = make_app()
    create(app, API, READ)
    app.cognito.delete_resource_server(UserPoolId=app.pool_id, Identifier=API)
    with refused("ResourceNotFoundException"):
        describe(app)
    with refused("ResourceNotFoundException"):
        app.cognito.delete_resource_server(UserPoolId=app.pool_id, Identifier=API)
    assert create(app)["Scopes"] == []


def test_list_resource_servers(make_app):
    app = make_app()
    made = sorted(create(app, f"api-{n}")["Identifier"] for n in range(5))
    pages = list(
        app.cognito.get_paginator("list_resource_servers").paginate(
            UserPoolId=app.pool_id, PaginationConfig={"PageSize": 2}
        )
    )
    assert [server["Identifier"] for page in pages for server in page["ResourceServers"]] == made
    assert max(len(page["ResourceServers"]) for page in pages) == 2
    with refused("InvalidParameterException"):
        app.cognito.list_resource_servers(UserPoolId=app.pool_id, MaxResults=51)
    with refused("InvalidParameterException"):
        app.cognito.list_resource_servers(UserPoolId=app.pool_id, MaxResults=5, NextToken="nonsense")


def test_none_of_it_without_a_key(make_app, anonymous):
    app = make_app()
    app.cognito = anonymous
    for call in (create, describe, lambda app: anonymous.list_resource_servers(UserPoolId=app.pool_id, MaxResults=1)):
        with refused("MissingAuthenticationTokenException"):
            call(app)


def test_a_client_is_allowed_scopes_that_exist(make_app, make_client, cognito):
    app = make_app()
    with refused("ScopeDoesNotExistException"):
        make_client(app.pool, **CODE | {"AllowedOAuthScopes": ["openid", f"{API}/read"]})
    create(app, API, READ)
    client = make_client(app.pool, **CODE | {"AllowedOAuthScopes": ["openid", f"{API}/read"]})
    assert client["AllowedOAuthScopes"] == ["openid", f"{API}/read"]
    request = {"UserPoolId": app.pool_id, "ClientId": client["ClientId"]} | CODE
    with refused("ScopeDoesNotExistException"):
        cognito.update_user_pool_client(**request | {"AllowedOAuthScopes": [f"{API}/write"]})
    shown = cognito.describe_user_pool_client(UserPoolId=app.pool_id, ClientId=client["ClientId"])
    assert shown["UserPoolClient"]["AllowedOAuthScopes"] == ["openid", f"{API}/read"]
    # A resource server of another pool is none of this one.
    with refused("ScopeDoesNotExistException"):
        make_client(make_app().pool, **CODE | {"AllowedOAuthScopes": [f"{API}/read"]})


@pytest.mark.parametrize(
    "uri, allowed",
    [
        ("https://example.com/other?from=idp", True),
        ("http://localhost:3000/callback", True),
        ("http://127.0.0.1/", True),
        ("http://[::1]:8080/", True),
        ("myapp://callback", True),
        ("com.example.app:/oauth2redirect", True),
        ("http://example.com/", False),
        ("http://localhost.example.com/", False),
        ("https://example.com/#fragment", False),
        ("https://user@example.com/", False),
        ("/callback", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
    ],
)
def test_where_a_client_may_send_its_users(make_app, make_client, uri, allowed):
    app = make_app()
    for member in ("CallbackURLs", "LogoutURLs"):
        settings = CODE | {member: [uri]}
        if allowed:
            assert make_client(app.pool, **settings)[member] == [uri]
        else:
            with refused("InvalidParameterException"):
                make_client(app.pool, **settings)


def test_the_default_redirect_uri_is_one_of_the_callbacks(make_app, make_client):
    app = make_app()
    (callback,) = CODE["CallbackURLs"]
    assert make_client(app.pool, **CODE, DefaultRedirectURI=callback)["DefaultRedirectURI"] == callback
    for other in (f"{callback}/", "https://evil.example/"):
        with refused("InvalidParameterException"):
            make_client(app.pool, **CODE, DefaultRedirectURI=other)


def test_flows_that_do_not_go_together(make_app, make_client):
    app = make_app()
    create(app, API, READ)
    machine = CODE | {"AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": [f"{API}/read"]}
    assert make_client(app.pool, **machine, GenerateSecret=True)["AllowedOAuthFlows"] == ["client_credentials"]
    with refused("InvalidOAuthFlowException"):
        make_client(app.pool, **machine)
    for flows in (["code", "client_credentials"], ["client_credentials", "implicit"]):
        with refused("InvalidOAuthFlowException"):
            make_client(app.pool, **machine | {"AllowedOAuthFlows": flows}, GenerateSecret=True)
    for missing in ("AllowedOAuthFlows", "AllowedOAuthScopes"):
        with refused("InvalidParameterException"):
            make_client(app.pool, **CODE | {missing: []})


def test_a_client_without_a_secret_is_not_made_a_machine(make_app, cognito):
    app = make_app(**CODE)
    request = {"UserPoolId": app.pool_id, "ClientId": app.client_id} | CODE
    with refused("InvalidOAuthFlowException"):
        cognito.update_user_pool_client(**request | {"AllowedOAuthFlows": ["client_credentials"]})


def test_resource_servers_go_with_their_pool(make_app, cognito, table):
    """A pool that moves here keeps its id; it must not find the scopes of the one before it."""
    app = make_app()
    create(app, API, READ)
    cognito.delete_user_pool(UserPoolId=app.pool_id)
    assert table.query(KeyConditionExpression=Key("PK").eq(f"POOL#{app.pool_id}"))["Items"] == []
