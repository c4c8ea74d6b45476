"""Users who leave: their tokens stop at once, and who takes the name or the address later inherits nothing."""

import pytest
from boto3.dynamodb.conditions import Key
from support import (
    OTHER_PASSWORD,
    PASSWORD,
    TEMPORARY,
    at_once,
    attributes,
    claims,
    make_app,
    refusal,
    refused,
    table,
)

BY_NAME = {"AliasAttributes": ["email", "preferred_username"], "AutoVerifiedAttributes": ["email"]}


def with_address(app, name=None):
    """A user with a verified address; returns both."""
    email = f"{app.unique('ann')}@example.com"
    return app.user(name, email=email, email_verified="true"), email


def items(table, app, name):
    """All that the table has of a user name."""
    return table.query(KeyConditionExpression=Key("PK").eq(f"USER#{app.pool_id}#{name}"))["Items"]


def leave(app, name, by_administrator=True):
    if by_administrator:
        app.administer("admin_delete_user", name)
    else:
        app.anonymous.delete_user(AccessToken=app.tokens(name)["AccessToken"])


def dead(app, tokens):
    """None of these tokens is good for anything."""
    for use in (app.me, app.change_password, lambda token: app.update(token, {"name": "Eve"})):
        with refused("UserNotFoundException", "User does not exist."):
            use(tokens["AccessToken"])
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        app.refresh(tokens["RefreshToken"])
    with refused("NotAuthorizedException"):
        app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])


def test_delete_user(make_app):
    app = make_app(pool=BY_NAME)
    name, email = with_address(app)
    tokens, others = app.tokens(name), app.srp_auth(name)
    bystander = app.tokens(app.user())
    app.anonymous.delete_user(AccessToken=tokens["AccessToken"])
    dead(app, tokens)
    dead(app, others)
    with refused("UserNotFoundException"):
        app.anonymous.delete_user(AccessToken=tokens["AccessToken"])
    for gone in (name, email):
        with refused("UserNotFoundException"):
            app.get(gone)
        with refused("UserNotFoundException", "User does not exist."):
            app.password_auth(gone)
    assert app.me(bystander["AccessToken"])


def test_admin_delete_user(make_app):
    app = make_app(pool=BY_NAME)
    name, email = with_address(app)
    sub = attributes(app.get(name))["sub"]
    tokens = app.tokens(name)
    app.administer("admin_delete_user", email)
    dead(app, tokens)
    for gone in (name, email, sub):
        with refused("UserNotFoundException", "User does not exist."):
            app.administer("admin_delete_user", gone)
    assert name not in [user["Username"] for user in app.cognito.list_users(UserPoolId=app.pool_id)["Users"]]


@pytest.mark.parametrize("by_administrator", [True, False], ids=["administrator", "user"])
def test_nothing_is_left_of_a_user(make_app, table, by_administrator):
    app = make_app(pool=BY_NAME)
    name, email = with_address(app)
    group = app.create_group()
    app.join(name, group)
    app.forgot(name)
    token = app.tokens(name)["AccessToken"]
    for _ in range(3):
        app.srp_auth(name)
    app.ask_code(token)
    leave(app, name, by_administrator)
    # The counters of attempts are the name's, not the user's; they go within the hour.
    assert [item["SK"] for item in items(table, app, name) if not item["SK"].startswith("GUARD#")] == []
    for partition in (f"ALIAS#{app.pool_id}#email#{email}", f"GROUP#{app.pool_id}#{group}"):
        assert table.query(KeyConditionExpression=Key("PK").eq(partition))["Items"] == []
    assert app.members_of(group) == []


@pytest.mark.parametrize("by_administrator", [True, False], ids=["administrator", "user"])
def test_who_takes_a_name_inherits_nothing(make_app, mailbox, by_administrator):
    app = make_app(pool=BY_NAME)
    name, email = with_address(app)
    group = app.create_group()
    app.join(name, group)
    app.forgot(name)
    code = mailbox(email)
    first = app.tokens(name)
    assert claims(first["IdToken"])["cognito:groups"] == [group]
    leave(app, name, by_administrator)

    app.user(name, OTHER_PASSWORD, email=email, email_verified="true")
    dead(app, first)
    second = app.tokens(name, OTHER_PASSWORD)
    assert claims(second["AccessToken"])["sub"] != claims(first["AccessToken"])["sub"]
    assert "cognito:groups" not in claims(second["IdToken"])
    assert app.groups_of(name) == [] and app.members_of(group) == []
    assert refusal(app.confirm_forgot, name, code, PASSWORD)[0] in ("ExpiredCodeException", "CodeMismatchException")
    # The old token does not delete the new user either.
    assert refusal(app.anonymous.delete_user, AccessToken=first["AccessToken"])[0] == "UserNotFoundException"
    assert app.me(second["AccessToken"])["Username"] == name


def test_a_sign_in_that_has_begun_is_not_inherited(make_app):
    """Both users went the same way, so only who they are tells them apart."""
    app = make_app()
    name = app.user()
    _, answers = app.srp_begun(name)
    leave(app, name)
    app.user(name, OTHER_PASSWORD)
    with refused("NotAuthorizedException"):
        app.respond("PASSWORD_VERIFIER", **answers)

    invited = app.invited()
    challenge = app.password_auth(invited, TEMPORARY)
    leave(app, invited)
    app.invited(invited, "Temporary-Pass-2")
    with refused("NotAuthorizedException", "Invalid session for the user."):
        app.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], USERNAME=invited, NEW_PASSWORD=PASSWORD)
    assert app.get(invited)["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_what_an_interrupted_deletion_leaves_counts_for_nothing(make_app, table):
    """Sessions and memberships are removed after the user; here they are put back as if that had failed."""
    app = make_app()
    name = app.user()
    group = app.create_group()
    app.join(name, group)
    tokens = app.tokens(name)
    left = [item for item in items(table, app, name) if item["SK"] != "PROFILE"]
    partition = f"GROUP#{app.pool_id}#{group}"
    left += table.query(KeyConditionExpression=Key("PK").eq(partition))["Items"]
    assert {item["SK"].split("#")[0] for item in left} >= {"SESSION", "GROUP", "USER"}
    leave(app, name)
    for item in left:
        table.put_item(Item=item)

    dead(app, tokens)
    assert app.members_of(group) == []
    app.user(name, OTHER_PASSWORD)
    dead(app, tokens)
    assert app.groups_of(name) == [] and app.members_of(group) == []
    assert "cognito:groups" not in claims(app.tokens(name, OTHER_PASSWORD)["IdToken"])
    app.join(name, group)
    assert app.groups_of(name) == [group] and app.members_of(group) == [name]


def test_deleting_twice_at_once_and_signing_up_in_between(make_app, table):
    """However a deletion and a sign-up of the same name and address meet, the name and the address lead to one user."""
    app = make_app(pool=BY_NAME)
    for _ in range(3):
        name, email = with_address(app)
        app.tokens(name)
        again = lambda name=name, email=email: app.user(  # noqa: E731
            name, OTHER_PASSWORD, email=email, email_verified="true"
        )
        delete = lambda name=name: leave(app, name)  # noqa: E731
        answers = at_once(delete, again, delete, again, again)
        assert {error for error, _ in filter(None, answers)} <= {
            "UserNotFoundException",
            "UsernameExistsException",
            "AliasExistsException",
            "TooManyRequestsException",
        }, answers
        users = refusal(app.get, name) is None
        leads = refusal(app.get, email) is None
        assert users == leads
        alias = table.query(KeyConditionExpression=Key("PK").eq(f"ALIAS#{app.pool_id}#email#{email}"))["Items"]
        assert [item["user"] for item in alias] == ([name] if users else [])
