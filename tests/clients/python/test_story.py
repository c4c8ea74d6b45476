"""What a user can do with nothing but the endpoint changed: one story, by each stock Python client."""

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from pycognito import Cognito
from support import PASSWORD, attributes, claims, make_app, refused


def test_the_story_with_the_aws_cli(aws_cli, command_error, mailbox, unique):
    """Every step is a command that stands in the README or could."""
    pool = aws_cli("create-user-pool", "--pool-name", unique("cli"), "--auto-verified-attributes", "email")["UserPool"]
    try:
        client = aws_cli(
            "create-user-pool-client", "--user-pool-id", pool["Id"], "--client-name", "app",
            "--explicit-auth-flows", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
        )["UserPoolClient"]["ClientId"]  # fmt: skip
        email = f"{unique('ann')}@example.com"
        signed_up = aws_cli(
            "sign-up", "--client-id", client, "--username", "ann", "--password", PASSWORD,
            "--user-attributes", f"Name=email,Value={email}", anonymous=True,
        )  # fmt: skip
        assert signed_up["UserConfirmed"] is False
        assert signed_up["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"

        sign_in = [
            "initiate-auth", "--client-id", client, "--auth-flow", "USER_PASSWORD_AUTH",
            "--auth-parameters", f"USERNAME=ann,PASSWORD={PASSWORD}",
        ]  # fmt: skip
        with pytest.raises(command_error, match="UserNotConfirmedException"):
            aws_cli(*sign_in, anonymous=True)
        aws_cli(
            "confirm-sign-up", "--client-id", client, "--username", "ann", "--confirmation-code", mailbox(email),
            anonymous=True,
        )  # fmt: skip
        tokens = aws_cli(*sign_in, anonymous=True)["AuthenticationResult"]
        me = aws_cli("get-user", "--access-token", tokens["AccessToken"], anonymous=True)
        assert me["Username"] == "ann"
        assert attributes(me) == {"sub": signed_up["UserSub"], "email": email, "email_verified": "true"}

        renewed = aws_cli(
            "initiate-auth", "--client-id", client, "--auth-flow", "REFRESH_TOKEN_AUTH",
            "--auth-parameters", f"REFRESH_TOKEN={tokens['RefreshToken']}", anonymous=True,
        )["AuthenticationResult"]  # fmt: skip
        assert renewed["AccessToken"] != tokens["AccessToken"]

        aws_cli("revoke-token", "--client-id", client, "--token", tokens["RefreshToken"], anonymous=True)
        with pytest.raises(command_error, match="NotAuthorizedException.*Access Token has been revoked"):
            aws_cli("get-user", "--access-token", renewed["AccessToken"], anonymous=True)

        again = aws_cli(*sign_in, anonymous=True)["AuthenticationResult"]
        aws_cli("global-sign-out", "--access-token", again["AccessToken"], anonymous=True)
        with pytest.raises(command_error, match="NotAuthorizedException"):
            aws_cli("get-user", "--access-token", again["AccessToken"], anonymous=True)
        listed = aws_cli("list-users", "--user-pool-id", pool["Id"], "--filter", f'email = "{email}"')["Users"]
        assert [user["Username"] for user in listed] == ["ann"]
    finally:
        aws_cli("delete-user-pool", "--user-pool-id", pool["Id"])


def test_the_story_with_boto3(make_app, mailbox):
    app = make_app()
    name = app.sign_up()
    email = f"{name}@example.com"
    with refused("UserNotConfirmedException", "User is not confirmed."):
        app.password_auth(name)
    app.confirm(name, mailbox(email))

    by_password, by_srp = app.tokens(name), app.srp_auth(name)
    for tokens in (by_password, by_srp):
        assert app.me(tokens["AccessToken"])["Username"] == name
        assert claims(tokens["IdToken"])["email"] == email
    assert claims(by_password["IdToken"])["sub"] == claims(by_srp["IdToken"])["sub"]

    renewed = app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=by_password["RefreshToken"])["AuthenticationResult"]
    assert app.me(renewed["AccessToken"])["Username"] == name
    app.anonymous.revoke_token(ClientId=app.client_id, Token=by_password["RefreshToken"])
    with refused("NotAuthorizedException"):
        app.me(renewed["AccessToken"])
    assert app.me(by_srp["AccessToken"])["Username"] == name

    app.anonymous.global_sign_out(AccessToken=by_srp["AccessToken"])
    with refused("NotAuthorizedException"):
        app.me(by_srp["AccessToken"])
    with refused("NotAuthorizedException"):
        app.refresh(by_srp["RefreshToken"])


@pytest.mark.parametrize("secret", [False, True], ids=["public", "confidential"])
def test_the_story_with_pycognito(make_app, mailbox, endpoint, secret):
    """A library that people use in the place of boto3: registration, SRP, its own check of tokens, renewal."""
    app = make_app(GenerateSecret=secret)
    name = app.unique("py")

    def library(**more):
        return Cognito(
            app.pool_id,
            app.client_id,
            client_secret=app.secret,
            username=name,
            boto3_client_kwargs={
                "endpoint_url": endpoint,
                "config": Config(signature_version=UNSIGNED, proxies={}),
            },
            **more,
        )

    user = library()
    user.set_base_attributes(email=f"{name}@example.com", name="Ann Example")
    user.register(name, PASSWORD)
    user.confirm_sign_up(mailbox(f"{name}@example.com"), username=name)

    # The library checks both tokens against the pool's own JWKS and issuer.
    user.authenticate(password=PASSWORD)
    assert user.id_claims["email"] == f"{name}@example.com"
    first = user.access_token
    assert user.get_user().name == "Ann Example"
    user.renew_access_token()
    assert user.access_token != first
    user.logout()
    with refused("NotAuthorizedException"):
        app.me(first)
