"""What administrators do with users: disable and enable, reset, sign out, change attributes."""

import pytest
from support import OTHER_PASSWORD, PASSWORD, TEMPORARY, attributes, claims, invoke, make_app, refused

BY_NAME = {"AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}
OPERATIONS = [
    ("admin_disable_user", {}),
    ("admin_enable_user", {}),
    ("admin_delete_user", {}),
    ("admin_reset_user_password", {}),
    ("admin_user_global_sign_out", {}),
    ("admin_update_user_attributes", {"UserAttributes": [{"Name": "name", "Value": "Ann"}]}),
    ("admin_delete_user_attributes", {"UserAttributeNames": ["name"]}),
]


def with_address(app):
    """A user with a verified address; returns both."""
    email = f"{app.unique('ann')}@example.com"
    return app.user(email=email, email_verified="true"), email


@pytest.mark.parametrize("operation, more", OPERATIONS, ids=[operation for operation, _ in OPERATIONS])
def test_who_and_where_must_be(make_app, anonymous, operation, more):
    app = make_app()
    name = app.user(nickname="Annie")
    with refused("UserNotFoundException", "User does not exist."):
        app.administer(operation, "nobody", **more)
    with refused("ResourceNotFoundException", "User pool us-east-1_nosuch does not exist."):
        getattr(app.cognito, operation)(UserPoolId="us-east-1_nosuch", Username=name, **more)
    with refused("MissingAuthenticationTokenException"):
        getattr(anonymous, operation)(UserPoolId=app.pool_id, Username=name, **more)
    user = app.get(name)
    assert (user["Enabled"], user["UserStatus"], attributes(user)["nickname"]) == (True, "CONFIRMED", "Annie")


def test_admin_disable_user(make_app):
    app = make_app()
    name, _ = with_address(app)
    tokens = app.tokens(name)
    _, answers = app.srp_begun(name)
    app.administer("admin_disable_user", name)
    user = app.get(name)
    assert (user["Enabled"], user["UserStatus"]) == (False, "CONFIRMED")

    access = tokens["AccessToken"]
    for use in (
        lambda: app.me(access),
        lambda: app.update(access, {"name": "Eve"}),
        lambda: app.change_password(access),
        lambda: app.anonymous.delete_user(AccessToken=access),
        lambda: app.anonymous.global_sign_out(AccessToken=access),
        lambda: app.refresh(tokens["RefreshToken"]),
        lambda: app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"]),
        lambda: app.respond("PASSWORD_VERIFIER", **answers),
    ):
        with refused("NotAuthorizedException"):
            use()
    for sign_in in (app.password_auth, app.srp_auth):
        with refused("NotAuthorizedException", "User is disabled."):
            sign_in(name)
        # Only who knows the password is told.
        with refused("NotAuthorizedException", "Incorrect username or password."):
            sign_in(name, OTHER_PASSWORD)
    with refused("NotAuthorizedException", "User is disabled."):
        app.admin_initiate(USERNAME=name, PASSWORD=PASSWORD)


def test_admin_enable_user(make_app):
    app = make_app()
    name, _ = with_address(app)
    tokens = app.tokens(name)
    app.administer("admin_disable_user", name)
    app.administer("admin_disable_user", name)
    app.administer("admin_enable_user", name)
    app.administer("admin_enable_user", name)
    assert app.get(name)["Enabled"] is True
    assert app.tokens(name)["AccessToken"] and app.srp_auth(name)["AccessToken"]
    # What was revoked stays revoked.
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        app.me(tokens["AccessToken"])
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        app.refresh(tokens["RefreshToken"])


def test_disabling_with_the_aws_cli(make_app, aws_cli, command_error):
    app = make_app()
    name = app.user()
    user = ["--user-pool-id", app.pool_id, "--username", name]
    aws_cli("admin-disable-user", *user)
    sign_in = [
        "initiate-auth", "--client-id", app.client_id, "--auth-flow", "USER_PASSWORD_AUTH",
        "--auth-parameters", f"USERNAME={name},PASSWORD={PASSWORD}",
    ]  # fmt: skip
    with pytest.raises(command_error, match="NotAuthorizedException.*User is disabled"):
        aws_cli(*sign_in, anonymous=True)
    aws_cli("admin-enable-user", *user)
    tokens = aws_cli(*sign_in, anonymous=True)["AuthenticationResult"]
    aws_cli("admin-user-global-sign-out", *user)
    with pytest.raises(command_error, match="Access Token has been revoked"):
        aws_cli("get-user", "--access-token", tokens["AccessToken"], anonymous=True)


def test_admin_user_global_sign_out(make_app):
    app = make_app(pool=BY_NAME)
    name, email = with_address(app)
    both = [app.tokens(name), app.srp_auth(name)]
    bystander = app.tokens(app.user())
    app.administer("admin_user_global_sign_out", email)
    for tokens in both:
        with refused("NotAuthorizedException", "Access Token has been revoked"):
            app.me(tokens["AccessToken"])
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            app.refresh(tokens["RefreshToken"])
    assert app.me(bystander["AccessToken"])
    assert app.me(app.tokens(name)["AccessToken"])["Username"] == name


def test_admin_update_user_attributes(make_app, mailbox):
    app = make_app(pool=BY_NAME)
    name, email = with_address(app)
    new, verified = f"{app.unique('new')}@example.com", f"{app.unique('sure')}@example.com"
    app.admin_update(name, {"given_name": "Ann", "nickname": "Annie"})
    app.admin_update(email, {"nickname": "", "email": new})
    found = attributes(app.get(name))
    assert found.pop("sub")
    assert found == {"email": new, "email_verified": "false", "given_name": "Ann"}
    # The pool verifies addresses: the user can do it with the code of the mail.
    app.verify(app.tokens(name)["AccessToken"], mailbox(new))
    assert claims(app.tokens(new)["IdToken"])["email"] == new

    app.admin_update(name, {"email": verified, "email_verified": "true"})
    assert mailbox.messages(verified) == []
    assert claims(app.tokens(verified)["IdToken"])["email_verified"] is True
    with refused("UserNotFoundException"):
        app.password_auth(new)


def test_admin_delete_user_attributes(make_app):
    app = make_app(pool=BY_NAME | {"Schema": [{"Name": "family_name", "Required": True}]})
    email = f"{app.unique('ann')}@example.com"
    name = app.user(email=email, email_verified="true", family_name="Example", nickname="Annie")

    def delete(*names):
        app.administer("admin_delete_user_attributes", name, UserAttributeNames=list(names))

    for kept in ("family_name", "sub", "custom:unknown"):
        with refused("InvalidParameterException"):
            delete("nickname", kept)
    assert attributes(app.get(name))["nickname"] == "Annie"
    delete("nickname", "email", "locale")
    found = attributes(app.get(name))
    assert found.pop("sub")
    assert found == {"family_name": "Example"}
    with refused("UserNotFoundException"):
        app.password_auth(email)
    # The address is free.
    other = app.user(email=email, email_verified="true", family_name="Sample")
    assert claims(app.tokens(email)["AccessToken"])["username"] == other


def test_who_lacks_a_required_attribute_can_be_changed_all_the_same(make_app):
    app = make_app(pool={"Schema": [{"Name": "family_name", "Required": True}]})
    name = app.invited()
    app.admin_update(name, {"nickname": "Annie"})
    app.administer("admin_delete_user_attributes", name, UserAttributeNames=["nickname"])
    app.admin_update(name, {"family_name": "Example"})
    with refused("InvalidParameterException"):
        app.admin_update(name, {"family_name": ""})
    assert attributes(app.get(name))["family_name"] == "Example"


def test_nobody_is_left_without_a_name(make_app):
    app = make_app(pool={"UsernameAttributes": ["email"]})
    email = f"{app.unique('ann')}@example.com"
    app.user(email)
    with refused("InvalidParameterException", "The user would be left without a name to sign in with."):
        app.administer("admin_delete_user_attributes", email, UserAttributeNames=["email"])
    with refused("InvalidParameterException"):
        app.admin_update(email, {"email": ""})
    assert app.tokens(email)["AccessToken"]


def test_admin_reset_user_password(make_app, mailbox):
    app = make_app()
    name, email = with_address(app)
    tokens = app.tokens(name)
    _, answers = app.srp_begun(name)
    app.administer("admin_reset_user_password", name)
    assert app.get(name)["UserStatus"] == "RESET_REQUIRED"
    with refused("NotAuthorizedException"):
        app.respond("PASSWORD_VERIFIER", **answers)
    for sign_in in (app.password_auth, app.srp_auth):
        with refused("PasswordResetRequiredException", "Password reset required for the user"):
            sign_in(name)
        with refused("NotAuthorizedException", "Incorrect username or password."):
            sign_in(name, OTHER_PASSWORD)
    # Whoever has the old password and a token cannot go round the code.
    for use in (app.me, app.change_password, app.ask_code, lambda token: app.update(token, {"name": "Eve"})):
        with refused("PasswordResetRequiredException"):
            use(tokens["AccessToken"])

    app.confirm_forgot(name, mailbox(email))
    assert app.get(name)["UserStatus"] == "CONFIRMED"
    assert app.tokens(name, OTHER_PASSWORD)["AccessToken"]
    with refused("NotAuthorizedException"):
        app.password_auth(name)


def test_a_reset_can_be_asked_for_again_or_undone(make_app, mailbox):
    app = make_app()
    name, email = with_address(app)
    app.administer("admin_reset_user_password", name)
    app.forgot(name)
    app.confirm_forgot(name, mailbox(email, count=2))
    app.administer("admin_reset_user_password", name)
    app.set_password(name, PASSWORD)
    assert app.tokens(name)["AccessToken"]


def test_a_reset_needs_a_way_to_recover(make_app):
    app = make_app()
    name = app.user(email="ann@example.com")
    with refused("InvalidParameterException"):
        app.administer("admin_reset_user_password", name)
    assert app.tokens(name)["AccessToken"]
    invited = app.invited(email="bob@example.com", email_verified="true")
    with refused("NotAuthorizedException"):
        app.administer("admin_reset_user_password", invited)
    assert app.password_auth(invited, TEMPORARY)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_a_key_limited_to_other_operations_does_none_of_it(make_app, client_with_key):
    app = make_app()
    name = app.user()
    key = invoke("access-keys", {"action": "create", "actions": ["AdminGetUser"], "pools": ["*"]})
    client = client_with_key(key["accessKeyId"], key["secretAccessKey"])
    assert client.admin_get_user(UserPoolId=app.pool_id, Username=name)
    for operation, more in OPERATIONS:
        with refused("AccessDeniedException"):
            getattr(client, operation)(UserPoolId=app.pool_id, Username=name, **more)
    assert app.tokens(name)["AccessToken"]
