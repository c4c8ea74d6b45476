"""What groups put into tokens: their names, their roles, and the role of the strongest.

Functions that sign tokens may know a group as it was up to 30 seconds ago, so groups are complete here before anybody
signs in.
"""

from support import PASSWORD, TEMPORARY, claims, make_app

ROLE = "arn:aws:iam::123456789012:role/"


def member(app, *groups):
    """A new user in groups of these (precedence, role); returns the user's name and the groups' names."""
    name, made = app.user(), []
    for precedence, role in groups:
        settings = {"Precedence": precedence, "RoleArn": role and ROLE + role}
        made.append(app.create_group(**{key: value for key, value in settings.items() if value is not None}))
        app.join(name, made[-1])
    return name, made


def test_without_groups_there_are_no_claims(make_app):
    app = make_app()
    tokens = app.tokens(app.user())
    for token in ("IdToken", "AccessToken"):
        assert not [claim for claim in claims(tokens[token]) if claim.startswith("cognito:") and "username" not in claim]


def test_groups_and_roles_stand_in_order_of_precedence(make_app):
    app = make_app()
    name, (weak, none, strong, middle) = member(app, (20, "weak"), (None, "none"), (0, "strong"), (10, None))
    for tokens in (app.tokens(name), app.srp_auth(name)):
        identity, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
        assert identity["cognito:groups"] == access["cognito:groups"] == [strong, middle, weak, none]
        assert identity["cognito:roles"] == [ROLE + "strong", ROLE + "weak", ROLE + "none"]
        assert identity["cognito:preferred_role"] == ROLE + "strong"
        assert "cognito:roles" not in access and "cognito:preferred_role" not in access
        renewed = claims(app.refresh(tokens["RefreshToken"])["IdToken"])
        for claim in ("cognito:groups", "cognito:roles", "cognito:preferred_role"):
            assert renewed[claim] == identity[claim]


def test_equals_with_different_roles_prefer_none(make_app):
    app = make_app()
    name, _ = member(app, (1, "one"), (1, "other"), (2, "third"))
    identity = claims(app.tokens(name)["IdToken"])
    assert sorted(identity["cognito:roles"]) == [ROLE + "one", ROLE + "other", ROLE + "third"]
    assert "cognito:preferred_role" not in identity

    name, _ = member(app, (1, "same"), (1, "same"), (2, "third"))
    identity = claims(app.tokens(name)["IdToken"])
    assert identity["cognito:roles"] == [ROLE + "same", ROLE + "third"]
    assert identity["cognito:preferred_role"] == ROLE + "same"


def test_every_way_of_signing_in_brings_groups(make_app):
    app = make_app()
    invited, group = app.invited(), app.create_group(Precedence=1)
    app.join(invited, group)
    challenge = app.password_auth(invited, TEMPORARY)
    chosen = app.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], USERNAME=invited, NEW_PASSWORD=PASSWORD)
    administered = app.admin_initiate(USERNAME=invited, PASSWORD=PASSWORD)
    refreshed = app.admin_initiate(
        "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=administered["AuthenticationResult"]["RefreshToken"]
    )
    flow = app.initiate(
        "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=chosen["AuthenticationResult"]["RefreshToken"]
    )
    for answer in (chosen, administered, refreshed, flow):
        tokens = answer["AuthenticationResult"]
        assert claims(tokens["IdToken"])["cognito:groups"] == [group]
        assert claims(tokens["AccessToken"])["cognito:groups"] == [group]


def test_membership_follows_at_the_next_token(make_app):
    app = make_app()
    name, (group,) = member(app, (1, "staff"))
    tokens = app.tokens(name)
    app.administer("admin_remove_user_from_group", name, GroupName=group)
    renewed = claims(app.refresh(tokens["RefreshToken"])["IdToken"])
    assert not {"cognito:groups", "cognito:roles", "cognito:preferred_role"} & renewed.keys()
    app.join(name, group)
    assert claims(app.refresh(tokens["RefreshToken"])["IdToken"])["cognito:groups"] == [group]
    app.cognito.delete_group(UserPoolId=app.pool_id, GroupName=group)
    assert "cognito:groups" not in claims(app.refresh(tokens["RefreshToken"])["IdToken"])
    assert "cognito:groups" not in claims(app.tokens(name)["AccessToken"])


def test_a_group_of_many_is_in_the_tokens_whole(make_app):
    app = make_app()
    name = app.user()
    groups = [app.create_group(Precedence=number) for number in range(25)]
    for group in groups:
        app.join(name, group)
    assert claims(app.tokens(name)["AccessToken"])["cognito:groups"] == groups


def test_an_attribute_cannot_pose_as_a_claim_of_groups(make_app):
    """Custom attributes carry their prefix into tokens, so that none can name itself cognito:groups."""
    app = make_app(pool={"Schema": [{"Name": "groups", "AttributeDataType": "String", "Mutable": True}]})
    name = app.user(**{"custom:groups": "admins"})
    identity = claims(app.tokens(name)["IdToken"])
    assert identity["custom:groups"] == "admins" and "cognito:groups" not in identity
