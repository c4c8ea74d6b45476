"""App clients: what is created, shown, changed and deleted, and that each keeps to its own settings."""

import re

import pytest
from support import ALL_FLOWS, attributes, claims, make_app, refused, unchecked


def test_create_user_pool_client(make_pool, cognito):
    pool = make_pool()
    client = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="app")["UserPoolClient"]
    assert re.fullmatch(r"[a-z0-9]{26}", client["ClientId"])
    assert (client["UserPoolId"], client["ClientName"]) == (pool["Id"], "app")
    assert "ClientSecret" not in client
    assert client["RefreshTokenValidity"] == 30
    assert client["EnableTokenRevocation"] is True
    assert client["AuthSessionValidity"] == 3
    assert client["PreventUserExistenceErrors"] == "LEGACY"
    assert client["AllowedOAuthFlowsUserPoolClient"] is False
    assert "ALLOW_USER_SRP_AUTH" in client["ExplicitAuthFlows"]

    settings = {
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        "ReadAttributes": ["email", "name"],
        "WriteAttributes": ["email"],
        "AccessTokenValidity": 10,
        "IdTokenValidity": 20,
        "RefreshTokenValidity": 2,
        "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours"},
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": False,
        "AuthSessionValidity": 15,
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 30},
    }
    confidential = cognito.create_user_pool_client(
        UserPoolId=pool["Id"], ClientName="back end", GenerateSecret=True, **settings
    )["UserPoolClient"]
    assert re.fullmatch(r"[a-z0-9]{40,64}", confidential["ClientSecret"])
    assert {name: confidential[name] for name in settings} == settings


def test_a_secret_that_is_brought_along(make_app):
    app = make_app(ClientSecret="BroughtAlong+FromElsewhere_1")
    assert app.secret == "BroughtAlong+FromElsewhere_1"
    assert app.tokens(app.user())["AccessToken"]


@pytest.mark.parametrize(
    "settings, error, why",
    [
        ({"ReadAttributes": ["custom:none"]}, "InvalidParameterException", "custom:none"),
        ({"WriteAttributes": ["email_verified"]}, "InvalidParameterException", "email_verified"),
        ({"AccessTokenValidity": 25}, "InvalidParameterException", "token validity"),
        (
            {"AccessTokenValidity": 4, "TokenValidityUnits": {"AccessToken": "minutes"}},
            "InvalidParameterException",
            "token validity",
        ),
        (
            {"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}},
            "InvalidParameterException",
            "token validity",
        ),
        ({"RefreshTokenValidity": 3651}, "InvalidParameterException", "token validity"),
        ({"AuthSessionValidity": 16}, "InvalidParameterException", "'authSessionValidity'"),
        ({"AuthSessionValidity": 2}, "InvalidParameterException", "'authSessionValidity'"),
        (
            {"ExplicitAuthFlows": ["USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]},
            "InvalidParameterException",
            "ExplicitAuthFlows",
        ),
        ({"ExplicitAuthFlows": ["ALLOW_EVERYTHING"]}, "InvalidParameterException", "enum value set"),
        ({"AllowedOAuthScopes": ["orders/read"]}, "ScopeDoesNotExistException", "orders/read"),
        ({"SupportedIdentityProviders": ["Google"]}, "InvalidParameterException", "Google"),
        (
            {
                "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 61},
                "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
            },
            "InvalidParameterException",
            "retryGracePeriodSeconds",
        ),
        (
            {"RefreshTokenRotation": {"Feature": "ENABLED"}, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]},
            "InvalidParameterException",
            "rotation",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_settings_that_are_refused(pool_id, unchecked, settings, error, why):
    with refused(error) as caught:
        unchecked.create_user_pool_client(UserPoolId=pool_id, ClientName="refused", **settings)
    assert why in caught.value.response["Error"]["Message"]


def test_describe_user_pool_client(make_app, make_pool, cognito):
    app = make_app(GenerateSecret=True)
    asked = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    assert cognito.describe_user_pool_client(**asked)["UserPoolClient"] == app.client
    missing = "User pool client {} does not exist."
    with refused("ResourceNotFoundException", missing.format("nosuchclient")):
        cognito.describe_user_pool_client(**asked | {"ClientId": "nosuchclient"})
    # A client is found in its own pool only.
    with refused("ResourceNotFoundException", missing.format(app.client_id)):
        cognito.describe_user_pool_client(**asked | {"UserPoolId": make_pool()["Id"]})
    with refused("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist."):
        cognito.describe_user_pool_client(**asked | {"UserPoolId": "us-east-1_Nowhere00"})


def test_update_user_pool_client(make_app, cognito):
    app = make_app(GenerateSecret=True, ReadAttributes=["email"], AccessTokenValidity=2)
    asked = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    after = cognito.update_user_pool_client(
        **asked, ClientName="renamed", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"], IdTokenValidity=3
    )["UserPoolClient"]
    assert cognito.describe_user_pool_client(**asked)["UserPoolClient"] == after
    assert (after["ClientName"], after["IdTokenValidity"]) == ("renamed", 3)
    assert after["LastModifiedDate"] > after["CreationDate"]
    assert after["ClientSecret"] == app.secret
    # What an update does not name goes back to its default.
    assert "ReadAttributes" not in after and "AccessTokenValidity" not in after
    with refused("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client"):
        app.password_auth(app.user())
    with refused("ResourceNotFoundException"):
        cognito.update_user_pool_client(**asked | {"ClientId": "nosuchclient"})
    with refused("InvalidParameterException"):
        cognito.update_user_pool_client(**asked, AccessTokenValidity=25)


def test_delete_user_pool_client(make_app, make_client, cognito):
    app = make_app()
    other = app.beside(make_client(app.pool))
    asked = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    cognito.delete_user_pool_client(**asked)
    missing = f"User pool client {app.client_id} does not exist."
    with refused("ResourceNotFoundException", missing):
        cognito.describe_user_pool_client(**asked)
    with refused("ResourceNotFoundException", missing):
        cognito.delete_user_pool_client(**asked)
    with refused("ResourceNotFoundException", missing):
        app.password_auth("ann")
    assert other.tokens(app.user())["AccessToken"]


def test_list_user_pool_clients(make_pool, make_client, cognito):
    pool, neighbour = make_pool(), make_pool()
    made = {client["ClientId"]: client for client in (make_client(pool, GenerateSecret=True) for _ in range(5))}
    make_client(neighbour)
    pages = list(
        cognito.get_paginator("list_user_pool_clients").paginate(
            UserPoolId=pool["Id"], PaginationConfig={"PageSize": 2}
        )
    )
    listed = [client for page in pages for client in page["UserPoolClients"]]
    assert max(len(page["UserPoolClients"]) for page in pages) == 2
    assert sorted(client["ClientId"] for client in listed) == sorted(made)
    for client in listed:
        assert client == {name: made[client["ClientId"]][name] for name in ("ClientId", "UserPoolId", "ClientName")}
    with refused("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist."):
        cognito.list_user_pool_clients(UserPoolId="us-east-1_Nowhere00", MaxResults=10)
    with refused("InvalidParameterException") as caught:
        cognito.list_user_pool_clients(UserPoolId=pool["Id"], MaxResults=61)
    assert "'maxResults'" in caught.value.response["Error"]["Message"]


def test_a_client_reads_only_what_it_may(make_app, make_client):
    app = make_app(
        pool={"Schema": [{"Name": "plan", "AttributeDataType": "String", "Mutable": True}]},
        ReadAttributes=["email", "custom:plan"],
    )
    everything = app.beside(make_client(app.pool, ExplicitAuthFlows=ALL_FLOWS))
    given = {"email": "ann@example.com", "name": "Ann", "phone_number": "+15550100", "custom:plan": "gold"}
    name = app.user(**given)
    tokens = app.tokens(name)
    told = claims(tokens["IdToken"])
    assert (told["email"], told["custom:plan"]) == ("ann@example.com", "gold")
    assert not {"name", "phone_number", "email_verified"} & set(told)
    assert set(attributes(app.me(tokens["AccessToken"]))) == {"sub", "email", "custom:plan"}

    tokens = everything.tokens(name)
    assert {key: claims(tokens["IdToken"])[key] for key in given} == given
    assert set(attributes(everything.me(tokens["AccessToken"]))) == {"sub", *given}


@pytest.mark.parametrize(
    "flow, message",
    [
        ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
        ("REFRESH_TOKEN_AUTH", None),
    ],
)
def test_a_client_offers_only_the_flows_it_allows(make_app, flow, message):
    others = [name for name in ALL_FLOWS if name != f"ALLOW_{flow}"]
    app = make_app(ExplicitAuthFlows=others)
    with refused("InvalidParameterException", message):
        app.initiate(flow, USERNAME=app.user(), PASSWORD="x", SRP_A="abcdef", REFRESH_TOKEN="x")


def test_the_old_names_of_flows(make_app):
    app = make_app(ExplicitAuthFlows=["ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"])
    name = app.user()
    assert app.tokens(name)["AccessToken"]
    assert app.srp_auth(name)["AccessToken"]
    answer = app.admin_initiate("ADMIN_NO_SRP_AUTH", USERNAME=name, PASSWORD="Correct-Horse-7")
    token = answer["AuthenticationResult"]["RefreshToken"]
    assert app.initiate("REFRESH_TOKEN", REFRESH_TOKEN=token)["AuthenticationResult"]["AccessToken"]
