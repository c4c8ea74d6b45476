"""Identities at external providers that are linked to a user, and users who may not sign in by their password."""

import json

import pytest
from support import OTHER_PASSWORD, at_once, attributes, claims, make_app, refused, table

OIDC = {
    "client_id": "gatehouse",
    "client_secret": "s3cret",
    "authorize_scopes": "openid",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example.com",
}
SOCIAL = {"client_id": "gatehouse", "client_secret": "s3cret", "authorize_scopes": "email"}
SUBJECT = "Cognito_Subject"


@pytest.fixture
def federated(make_app):
    """A function: an app whose pool has the providers Corp and Google."""

    def make(**settings):
        app = make_app(**settings)
        for name, kind, details, mapping in (
            ("Corp", "OIDC", OIDC, {"email": "mail"}),
            ("Google", "Google", SOCIAL, {"email": "email"}),
        ):
            app.cognito.create_identity_provider(
                UserPoolId=app.pool_id,
                ProviderName=name,
                ProviderType=kind,
                ProviderDetails=details,
                AttributeMapping=mapping,
            )
        return app

    return make


def link(app, name, value, provider="Corp", attribute=SUBJECT, **destination):
    destination = {"ProviderName": "Cognito", "ProviderAttributeValue": name} | destination
    source = {"ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value}
    return app.cognito.admin_link_provider_for_user(
        UserPoolId=app.pool_id, DestinationUser=destination, SourceUser=source
    )


def disable(app, value, provider="Corp", attribute=SUBJECT):
    user = {"ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value}
    return app.cognito.admin_disable_provider_for_user(UserPoolId=app.pool_id, User=user)


def identities(found, key="UserAttributes"):
    return json.loads(attributes(found, key).get("identities", "[]"))


def items(table, app, family):
    found = [
        item
        for page in table.meta.client.get_paginator("scan").paginate(TableName=table.name, ConsistentRead=True)
        for item in page["Items"]
        if item["PK"].startswith(f"{family}#{app.pool_id}#")
    ]
    return found


def test_admin_link_provider_for_user(federated):
    app = federated()
    name = app.user(email="ann@example.com")
    assert link(app, name, "ann-at-corp").keys() == {"ResponseMetadata"}
    link(app, name, "112233", "Google")
    link(app, name, "ann@corp.example.com", attribute="email")

    linked = identities(app.get(name))
    assert [(i["providerName"], i["providerType"], i["userId"]) for i in linked] == [
        ("Corp", "OIDC", "ann-at-corp"),
        ("Google", "Google", "112233"),
        ("Corp", "OIDC", "ann@corp.example.com"),
    ]
    assert all(i["primary"] is False and i["issuer"] is None and i["dateCreated"] > 10**12 for i in linked)
    (listed,) = app.cognito.list_users(UserPoolId=app.pool_id, Filter=f'username = "{name}"')["Users"]
    assert identities(listed, "Attributes") == linked
    tokens = app.tokens(name)
    assert identities(app.me(tokens["AccessToken"])) == linked
    claimed = claims(tokens["IdToken"])["identities"]
    assert [i["userId"] for i in claimed] == [i["userId"] for i in linked]
    assert all(i["primary"] == "false" and i["dateCreated"].isdigit() for i in claimed)
    assert claims(app.refresh(tokens["RefreshToken"])["IdToken"])["identities"] == claimed
    assert "identities" not in claims(tokens["AccessToken"])


def test_users_cannot_write_their_identities(federated):
    app = federated()
    name = app.user()
    link(app, name, "ann-at-corp")
    token = app.tokens(name)["AccessToken"]
    with refused("InvalidParameterException"):
        app.update(token, {"identities": "[]"})
    with refused("InvalidParameterException"):
        app.admin_update(name, {"identities": "[]"})
    assert len(identities(app.get(name))) == 1
    # Other changes leave them as they are.
    app.admin_update(name, {"name": "Ann"})
    app.update(token, {"nickname": "A"})
    assert len(identities(app.get(name))) == 1


def test_an_identity_leads_to_one_user(federated):
    app = federated()
    ann, bob = app.user(), app.user()
    link(app, ann, "shared")
    with refused("InvalidParameterException", "SourceUser is already linked to DestinationUser"):
        link(app, ann, "shared")
    with refused("InvalidParameterException") as caught:
        link(app, bob, "shared")
    assert "Merging is not currently supported" in str(caught.value)
    assert identities(app.get(bob)) == []
    # The same value elsewhere is another identity.
    link(app, bob, "shared", "Google")

    names = [app.user() for _ in range(6)]
    refusals = at_once(*[lambda name=name: link(app, name, "contested") for name in names])
    assert refusals.count(None) == 1
    assert {refusal[0] for refusal in refusals if refusal} <= {"InvalidParameterException", "TooManyRequestsException"}
    holders = [name for name in names if identities(app.get(name))]
    assert holders == [names[refusals.index(None)]]


def test_a_user_has_at_most_five_identities(federated):
    app = federated()
    name = app.user()
    for number in range(4):
        link(app, name, f"identity-{number}")
    refusals = at_once(*[lambda n=n: link(app, name, f"racing-{n}") for n in range(5)])
    assert refusals.count(None) == 1
    assert {refusal[0] for refusal in refusals if refusal} <= {"LimitExceededException", "TooManyRequestsException"}
    with refused("LimitExceededException"):
        link(app, name, "one too many")
    assert len(identities(app.get(name))) == 5
    disable(app, "identity-0")
    link(app, name, "one too many")


@pytest.mark.parametrize(
    "source, error",
    [
        ({"provider": "Nobody"}, "ResourceNotFoundException"),
        ({"provider": "Cognito"}, "InvalidParameterException"),
        ({"provider": "Google", "attribute": "email"}, "InvalidParameterException"),
        ({"attribute": "name"}, "InvalidParameterException"),
        ({"attribute": ""}, "InvalidParameterException"),
        ({"value": ""}, "InvalidParameterException"),
        ({"value": "x" * 1025}, "InvalidParameterException"),
    ],
)
def test_a_source_must_be_an_identity_that_the_provider_can_tell(federated, source, error):
    app = federated()
    name = app.user()
    with refused(error):
        link(app, name, **{"value": "someone"} | source)
    assert identities(app.get(name)) == []


def test_a_destination_must_be_a_user(federated):
    app = federated()
    with refused("UserNotFoundException"):
        link(app, "nobody", "someone")
    with refused("UserNotFoundException"):
        link(app, "nobody", "someone", ProviderName="Google")
    # One may be named by an identity that is linked already.
    name = app.user()
    link(app, name, "112233", "Google")
    link(app, "112233", "someone", ProviderName="Google")
    assert [i["userId"] for i in identities(app.get(name))] == ["112233", "someone"]
    with refused("ResourceNotFoundException"):
        app.cognito.admin_link_provider_for_user(
            UserPoolId="us-east-1_nosuchpool",
            DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": name},
            SourceUser={"ProviderName": "Corp", "ProviderAttributeName": SUBJECT, "ProviderAttributeValue": "x"},
        )


def test_admin_disable_provider_for_user(federated):
    app = federated()
    ann, bob = app.user(), app.user()
    link(app, ann, "someone")
    link(app, ann, "ann@corp.example.com", attribute="email")
    disable(app, "someone")
    assert [i["userId"] for i in identities(app.get(ann))] == ["ann@corp.example.com"]
    with refused("UserNotFoundException"):
        disable(app, "someone")
    # It has to be named as it was linked.
    with refused("UserNotFoundException"):
        disable(app, "ann@corp.example.com")
    disable(app, "ann@corp.example.com", attribute="email")
    assert "identities" not in attributes(app.get(ann))
    assert "identities" not in claims(app.tokens(ann)["IdToken"])
    # It is free for somebody else now.
    link(app, bob, "someone")
    with refused("ResourceNotFoundException"):
        disable(app, "someone", "Nobody")


def test_a_user_of_the_pool_s_own_can_be_kept_from_using_a_password(federated, mailbox):
    app = federated()
    address = f"{app.unique()}@example.com"
    name = app.user(email=address, email_verified="true")
    app.forgot(name)
    code = mailbox(address)
    with refused("InvalidParameterException"):
        disable(app, name, "Cognito", "email")
    with refused("UserNotFoundException"):
        disable(app, "nobody", "Cognito")
    disable(app, name, "Cognito")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.tokens(name)
    with refused("NotAuthorizedException"):
        app.srp_auth(name)
    # Neither with a code of before nor with a new one does the user come by another password.
    with refused("CodeMismatchException"):
        app.confirm_forgot(name, code)
    with refused("NotAuthorizedException", "User password cannot be reset in the current state."):
        app.forgot(name)
    with refused("NotAuthorizedException", "User password cannot be reset in the current state."):
        app.administer("admin_reset_user_password", name)
    # Only an administrator gives one.
    app.set_password(name, OTHER_PASSWORD)
    assert app.tokens(name, OTHER_PASSWORD)["AccessToken"]


def test_identities_go_with_their_user_and_with_the_pool(federated, table):
    app = federated()
    ann, bob = app.user(), app.user()
    link(app, ann, "ann-at-corp")
    link(app, ann, "112233", "Google")
    link(app, bob, "bob-at-corp")
    assert len([item for item in items(table, app, "ALIAS") if "#identity#" in item["PK"]]) == 3
    app.administer("admin_delete_user", ann)
    (left,) = [item for item in items(table, app, "ALIAS") if "#identity#" in item["PK"]]
    assert left["user"] == bob
    # Whoever comes by the name inherits nothing, and the identity is free.
    assert app.user(ann) == ann
    assert identities(app.get(ann)) == []
    link(app, bob, "ann-at-corp")
    app.cognito.delete_user_pool(UserPoolId=app.pool_id)
    assert items(table, app, "ALIAS") == [] and items(table, app, "USER") == []


def test_a_deleted_user_s_racing_link_leaves_nothing_behind(federated, table):
    """Linking and deletion at once: the identity leads to a user who is there, or to none."""
    app = federated()
    for _ in range(5):
        name = app.user()
        at_once(lambda: link(app, name, name), lambda: app.administer("admin_delete_user", name))
        exists = any(item["PK"].endswith(f"#{name}") and item["SK"] == "PROFILE" for item in items(table, app, "USER"))
        led = [item for item in items(table, app, "ALIAS") if "#identity#" in item["PK"]]
        assert exists or not led
        if exists:
            app.administer("admin_delete_user", name)
        assert not [item for item in items(table, app, "ALIAS") if "#identity#" in item["PK"]]
