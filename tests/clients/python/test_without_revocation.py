"""Clients with EnableTokenRevocation off: their tokens name no session, and what checks tokens reads the user instead."""

import time

import pytest
from identity_support import (  # noqa: F401
    anonymous_identity,
    identity,
    make_identities,
    make_role,
    make_roles,
)
from support import claims, make_app, refused  # noqa: F401

DEVELOPER = "login.example"


@pytest.fixture
def app(make_app):  # noqa: F811
    return make_app(EnableTokenRevocation=False)


def test_tokens_name_no_session_and_end_with_a_sign_out_everywhere(app):
    name = app.user()
    tokens = app.tokens(name)
    assert all("origin_jti" not in claims(tokens[kind]) for kind in ("IdToken", "AccessToken"))
    assert app.me(tokens["AccessToken"])["Username"] == name
    app.cognito.admin_user_global_sign_out(UserPoolId=app.pool_id, Username=name)
    with refused("NotAuthorizedException"):
        app.me(tokens["AccessToken"])


def test_recovery_codes_by_such_a_token(app, http):
    token = app.tokens(app.user())["AccessToken"]
    answer = http("POST", "/recovery-codes", headers={"authorization": f"Bearer {token}"})
    assert answer.status == 200 and len(answer.json["RecoveryCodes"]) == 10


def test_identity_pools_check_the_user(app, make_identities, make_roles):  # noqa: F811
    made = make_identities(app, checked=True, DeveloperProviderName=DEVELOPER, AllowClassicFlow=True)
    make_roles(made)
    name = app.user()
    logins = made.logins(name)
    mine = made.get_id(logins)
    assert made.credentials(mine, logins)["IdentityId"] == mine
    assert made.token(mine, logins)
    linked = made.identity.get_open_id_token_for_developer_identity(
        IdentityPoolId=made.id, IdentityId=mine, Logins=logins | {DEVELOPER: "ann"}
    )
    assert linked["IdentityId"] == mine
    app.cognito.admin_disable_user(UserPoolId=app.pool_id, Username=name)
    for use in (
        lambda: made.get_id(logins),
        lambda: made.credentials(mine, logins),
        lambda: made.token(mine, logins),
        lambda: made.anonymous.unlink_identity(IdentityId=mine, Logins=logins, LoginsToRemove=[made.provider]),
    ):
        with refused("NotAuthorizedException"):
            use()
    app.cognito.admin_enable_user(UserPoolId=app.pool_id, Username=name)
    # auth_time is in whole seconds: a sign-in in the second of the sign-out counts as before it.
    time.sleep(1.1)
    again = made.logins(name)
    made.anonymous.unlink_identity(IdentityId=mine, Logins=again, LoginsToRemove=[made.provider])
    assert made.describe(mine).get("Logins", []) == [DEVELOPER]


def test_credentials_link_a_login_that_is_new(app, make_app, make_identities, make_roles):  # noqa: F811
    """A guest asks for credentials with a login for the first time: the identity is the user's from then on."""
    made = make_identities(app, AllowUnauthenticatedIdentities=True)
    make_roles(made)
    guest = made.get_id()
    logins = made.logins(app.user())
    assert made.credentials(guest, logins)["IdentityId"] == guest
    assert made.describe(guest)["Logins"] == [made.provider]
    assert made.get_id(logins) == guest
