"""A client's secrets: two at a time, so that one takes the other's place while both work.

Functions go on with a client as they know it for half a minute. So each step here asks a function that has not seen
this client yet.
"""

import base64
import hashlib
import hmac
import re
import time

import pytest
from support import PASSWORD, make_app, refused, unchecked

MISMATCH = "Unable to verify secret hash for client {}"


def add(app, **more):
    """AddUserPoolClientSecret; ids are counted in seconds, so the next may have to wait for the next second."""
    while True:
        try:
            answer = app.cognito.add_user_pool_client_secret(
                UserPoolId=app.pool_id, ClientId=app.client_id, **more
            )
            return answer["ClientSecretDescriptor"]
        except app.cognito.exceptions.TooManyRequestsException:
            time.sleep(0.2)


def listed(app):
    answer = app.cognito.list_user_pool_client_secrets(UserPoolId=app.pool_id, ClientId=app.client_id)
    assert "NextToken" not in answer
    return answer["ClientSecrets"]


def delete(app, identifier):
    app.cognito.delete_user_pool_client_secret(
        UserPoolId=app.pool_id, ClientId=app.client_id, ClientSecretId=identifier
    )


def hash_with(app, secret, name):
    digest = hmac.new(secret.encode(), (name + app.client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def password_auth(app, secret, name):
    return app.initiate(USERNAME=name, PASSWORD=PASSWORD, SECRET_HASH=hash_with(app, secret, name))


def test_add_user_pool_client_secret(make_app):
    app = make_app(GenerateSecret=True)
    added = add(app)
    first, second = app.secret, added["ClientSecretValue"]
    assert re.fullmatch(rf"{app.client_id}--\d{{10}}", added["ClientSecretId"])
    assert re.fullmatch(r"[a-z0-9]{40,}", second) and second != first
    assert abs(added["ClientSecretCreateDate"].timestamp() - time.time()) < 60

    # Both prove who the client is, in SECRET_HASH and as they are.
    name = app.user()
    for secret in (first, second):
        token = password_auth(app, secret, name)["AuthenticationResult"]["RefreshToken"]
        renewed = app.anonymous.get_tokens_from_refresh_token(
            ClientId=app.client_id, RefreshToken=token, ClientSecret=secret
        )
        assert renewed["AuthenticationResult"]["AccessToken"]
        app.anonymous.revoke_token(ClientId=app.client_id, Token=token, ClientSecret=secret)
    with refused("NotAuthorizedException", MISMATCH.format(app.client_id)):
        password_auth(app, first[:-1] + ("a" if first[-1] != "a" else "b"), name)
    # The client shows the newest.
    shown = app.cognito.describe_user_pool_client(UserPoolId=app.pool_id, ClientId=app.client_id)
    assert shown["UserPoolClient"]["ClientSecret"] == second

    with refused("LimitExceededException"):
        add(app)
    assert len(listed(app)) == 2


def test_a_secret_of_one_s_own(make_app, aws_cli, unchecked):
    app = make_app(ClientSecret="my_first_secret_is_long_enough")
    mine = "my_own+secret_0123456789_ABC"
    assert add(app, ClientSecret=mine)["ClientSecretValue"] == mine
    name = app.user()
    for secret in ("my_first_secret_is_long_enough", mine):
        assert password_auth(app, secret, name)["AuthenticationResult"]
    [old, _] = listed(app)
    aws_cli(
        "delete-user-pool-client-secret", "--user-pool-id", app.pool_id, "--client-id", app.client_id,
        "--client-secret-id", old["ClientSecretId"],
    )  # fmt: skip
    for wrong in ("short", "with spaces in it, and long enough", "x" * 65):
        with refused("InvalidParameterException"):
            unchecked.add_user_pool_client_secret(
                UserPoolId=app.pool_id, ClientId=app.client_id, ClientSecret=wrong
            )
    assert len(listed(app)) == 1


def test_list_user_pool_client_secrets(make_app):
    app = make_app(GenerateSecret=True)
    [only] = listed(app)
    added = add(app)
    both = listed(app)
    assert [secret["ClientSecretId"] for secret in both] == [only["ClientSecretId"], added["ClientSecretId"]]
    # A value is shown when it is made, and never listed.
    assert all(set(secret) == {"ClientSecretId", "ClientSecretCreateDate"} for secret in both)
    assert listed(make_app()) == []
    for pool, client in ((app.pool_id, "nosuchclient"), (make_app().pool_id, app.client_id)):
        with refused("ResourceNotFoundException", f"User pool client {client} does not exist."):
            app.cognito.list_user_pool_client_secrets(UserPoolId=pool, ClientId=client)


def test_delete_user_pool_client_secret(make_app):
    app = make_app(GenerateSecret=True)
    [old] = listed(app)
    with refused("InvalidParameterException", "The last secret of a client can not be deleted."):
        delete(app, old["ClientSecretId"])
    new = add(app)
    delete(app, old["ClientSecretId"])
    name = app.user()
    with refused("NotAuthorizedException", MISMATCH.format(app.client_id)):
        password_auth(app, app.secret, name)
    assert password_auth(app, new["ClientSecretValue"], name)["AuthenticationResult"]
    with refused("NotAuthorizedException"):
        app.sign_up(SecretHash=hash_with(app, app.secret, "new"), name="new")
    app.sign_up(SecretHash=hash_with(app, new["ClientSecretValue"], "new"), name="new")
    for identifier in (old["ClientSecretId"], "nothing", f"{app.client_id}--1"):
        with refused("ResourceNotFoundException", f"Client secret {identifier} does not exist."):
            delete(app, identifier)
    with refused("InvalidParameterException"):
        delete(app, new["ClientSecretId"])
    # There is room for the next one.
    third = add(app)
    assert {s["ClientSecretId"] for s in listed(app)} == {new["ClientSecretId"], third["ClientSecretId"]}


def test_an_update_of_the_client_keeps_its_secrets(make_app):
    app = make_app(GenerateSecret=True)
    new = add(app)
    updated = app.cognito.update_user_pool_client(
        UserPoolId=app.pool_id, ClientId=app.client_id, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]
    assert updated["ClientSecret"] == new["ClientSecretValue"]
    name = app.user()
    for secret in (app.secret, new["ClientSecretValue"]):
        assert password_auth(app, secret, name)["AuthenticationResult"]


@pytest.mark.parametrize("secret", [True, False])
def test_strangers_add_and_see_no_secrets(make_app, secret):
    app = make_app(GenerateSecret=secret)
    for attempt in (
        lambda: app.anonymous.add_user_pool_client_secret(UserPoolId=app.pool_id, ClientId=app.client_id),
        lambda: app.anonymous.list_user_pool_client_secrets(UserPoolId=app.pool_id, ClientId=app.client_id),
    ):
        with refused("MissingAuthenticationTokenException"):
            attempt()
    assert len(listed(app)) == int(secret)
