"""AWS credentials of identities, against an AWS that enforces IAM and checks web identity tokens."""

import base64
import json
import time

import pytest
from botocore.exceptions import ClientError
from identity_support import (  # noqa: F401
    ISSUER,
    anonymous_identity,
    identity,
    local_iam,
    make_identities,
    make_role,
    make_roles,
    with_credentials,
)
from support import OTHER_PASSWORD, claims, make_app, refused  # noqa: F401

FORBIDDEN_ROLES = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
NO_ROLE = "Role is not allowed for this identity."


@pytest.fixture
def made(make_app, make_identities):  # noqa: F811
    """An identity pool for the users of an app and for guests, with the basic flow."""
    return make_identities(
        make_app(), checked=True, AllowUnauthenticatedIdentities=True, AllowClassicFlow=True,
        DeveloperProviderName="login.mine",
    )  # fmt: skip


def denied(action, **request):
    with pytest.raises(ClientError) as caught:
        action(**request)
    return caught.value.response["Error"]["Code"] == "AccessDenied"


def web_identity(token, role):
    """What an app of the basic flow does by itself."""
    return local_iam("sts").assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="app", WebIdentityToken=token
    )["Credentials"]


def role_of(credentials):
    return with_credentials("sts", credentials).get_caller_identity()["Arn"].split("/")[1]


def test_get_credentials_for_identity(made, make_roles):  # noqa: F811
    bucket, *_ = make_roles(made)
    bob = made.get_id(made.logins(made.app.user()))
    name = made.app.user()
    ann = made.get_id(made.logins(name))
    credentials = made.credentials(ann, made.logins(name))
    assert credentials["IdentityId"] == ann
    assert 3500 < credentials["Expiration"].timestamp() - time.time() < 3700
    s3 = with_credentials("s3", credentials)
    s3.put_object(Bucket=bucket, Key=f"{ann}/cat.jpg", Body=b"meow")
    assert s3.get_object(Bucket=bucket, Key=f"{ann}/cat.jpg")["Body"].read() == b"meow"
    assert s3.get_object(Bucket=bucket, Key="public/hello.txt")["Body"].read() == b"hello"
    assert denied(s3.put_object, Bucket=bucket, Key=f"{bob}/cat.jpg", Body=b"hiss")
    assert denied(s3.get_object, Bucket=bucket, Key=f"{bob}/cat.jpg")
    assert denied(s3.put_object, Bucket=bucket, Key="cat.jpg", Body=b"hiss")
    assert denied(s3.put_object, Bucket=bucket, Key="public/hello.txt", Body=b"hiss")
    assert denied(s3.list_buckets)


def test_a_guest_reads_what_guests_may_and_writes_nothing(made, make_roles):  # noqa: F811
    bucket, user_role, guest_role = make_roles(made)
    guest = made.get_id()
    s3 = with_credentials("s3", made.credentials(guest))
    assert s3.get_object(Bucket=bucket, Key="public/hello.txt")["Body"].read() == b"hello"
    assert denied(s3.put_object, Bucket=bucket, Key=f"{guest}/cat.jpg", Body=b"meow")
    # Neither by asking nor by going to STS itself does a guest get the role of users.
    with refused("NotAuthorizedException", NO_ROLE):
        made.credentials(guest, CustomRoleArn=user_role)
    token = made.token(guest)
    assert web_identity(token, guest_role)
    assert denied(web_identity, token=token, role=user_role)


def test_get_open_id_token(made, make_roles):  # noqa: F811
    bucket, user_role, guest_role = make_roles(made)
    name = made.app.user()
    logins = made.logins(name)
    one = made.get_id(logins)
    token = made.token(one, logins)
    said, sub = claims(token), claims(logins[made.provider])["sub"]
    assert (said["iss"], said["sub"], said["aud"]) == (ISSUER, one, made.id)
    assert said["exp"] - said["iat"] == 600
    assert said["amr"] == ["authenticated", made.provider, f"{made.provider}:CognitoSignIn:{sub}"]
    assert claims(made.token(made.get_id()))["amr"] == ["unauthenticated"]
    s3 = with_credentials("s3", web_identity(token, user_role))
    s3.put_object(Bucket=bucket, Key=f"{one}/cat.jpg", Body=b"meow")
    assert denied(web_identity, token=token, role=guest_role)


def test_without_the_basic_flow_there_are_no_tokens(make_app, make_identities):  # noqa: F811
    made = make_identities(make_app(), AllowUnauthenticatedIdentities=True)
    with refused("InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow."):
        made.token(made.get_id())


def forged(token, **changes):
    """The token with other claims under its old signature."""
    head, _, signature = token.split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(token) | changes).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


def test_tokens_that_are_not_right_get_nothing_from_aws(made, make_identities, make_role):  # noqa: F811
    role = make_role(made)
    logins = made.logins(made.app.user())
    token = made.token(made.get_id(logins), logins)
    assert web_identity(token, role)
    another = make_identities(made.app, AllowClassicFlow=True)
    elsewhere = another.token(another.get_id(logins), logins)

    def refusal(token):
        with pytest.raises(ClientError) as caught:
            web_identity(token, role)
        return caught.value.response["Error"]["Code"]

    # Of another identity pool; of nobody; changed after it was signed; a user pool's own; for an audience that is gone.
    assert refusal(elsewhere) == "AccessDenied"
    assert refusal("nonsense") == "InvalidIdentityToken"
    assert refusal(forged(token, sub="us-east-1:00000000-0000-4000-8000-000000000000")) == "InvalidIdentityToken"
    assert refusal(forged(token, exp=int(time.time()) + 10**6)) == "InvalidIdentityToken"
    assert refusal(logins[made.provider]) == "InvalidIdentityToken"
    stale = make_role(another)
    another.identity.delete_identity_pool(IdentityPoolId=another.id)
    with pytest.raises(ClientError) as caught:
        web_identity(elsewhere, stale)
    assert caught.value.response["Error"]["Code"] == "InvalidIdentityToken"


def test_an_expired_token_gets_nothing(made, make_role):  # noqa: F811
    role = make_role(made)
    made.roles(role)
    answer = made.identity.get_open_id_token_for_developer_identity(
        IdentityPoolId=made.id, Logins={"login.mine": "ann"}, TokenDuration=1
    )
    time.sleep(2)
    with pytest.raises(ClientError) as caught:
        web_identity(answer["Token"], role)
    assert caught.value.response["Error"]["Code"] in ("ExpiredTokenException", "ExpiredToken")
    with refused("NotAuthorizedException") as late:
        made.credentials(answer["IdentityId"], {"cognito-identity.amazonaws.com": answer["Token"]})
    assert "Token expired" in late.value.response["Error"]["Message"]


def test_expired_and_forged_logins_get_no_credentials(made, make_role):  # noqa: F811
    made.roles(make_role(made))
    logins = made.logins(made.app.user())
    one = made.get_id(logins)
    (token,) = logins.values()
    for wrong in (
        forged(token, exp=int(time.time()) + 10**6),
        forged(token, aud="another"),
        "nonsense",
        made.token(one, logins),
    ):
        with refused("NotAuthorizedException"):
            made.credentials(one, {made.provider: wrong})
    with refused("NotAuthorizedException", f"Access to Identity '{one}' is forbidden."):
        made.credentials(one)


def test_a_developer_s_user_gets_credentials_for_the_developer_s_token(made, make_role):  # noqa: F811
    role = make_role(made)
    made.roles(role)

    def vouch(user):
        return made.identity.get_open_id_token_for_developer_identity(
            IdentityPoolId=made.id, Logins={"login.mine": user}
        )

    ann, bob = vouch("ann"), vouch("bob")
    credentials = made.credentials(ann["IdentityId"], {"cognito-identity.amazonaws.com": ann["Token"]})
    assert role_of(credentials) == role.split("/")[1]
    assert made.credentials(ann["IdentityId"], {ISSUER.split("://", 1)[1]: ann["Token"]})
    with refused("NotAuthorizedException"):
        made.credentials(ann["IdentityId"], {"cognito-identity.amazonaws.com": bob["Token"]})


def end_by_disabling(made, name, tokens):
    made.app.administer("admin_disable_user", name)


def end_by_deleting(made, name, tokens):
    made.app.administer("admin_delete_user", name)


def end_everywhere(made, name, tokens):
    made.app.anonymous.global_sign_out(AccessToken=tokens["AccessToken"])


def end_by_revoking(made, name, tokens):
    made.app.anonymous.revoke_token(ClientId=made.app.client_id, Token=tokens["RefreshToken"])


@pytest.mark.parametrize("end", [end_by_disabling, end_by_deleting, end_everywhere, end_by_revoking])
def test_whoever_is_no_longer_signed_in_gets_nothing_where_the_pool_checks(made, make_role, make_identities, end):  # noqa: F811
    unchecked = make_identities(made.app)
    for each in (made, unchecked):
        each.roles(make_role(each))
    name = made.app.user()
    tokens = made.app.tokens(name)
    logins = {made.provider: tokens["IdToken"]}
    one, other = made.get_id(logins), unchecked.get_id(logins)
    assert made.credentials(one, logins)
    end(made, name, tokens)
    for attempt in (
        lambda: made.credentials(one, logins),
        lambda: made.get_id(logins),
        lambda: made.token(one, logins),
        lambda: made.anonymous.unlink_identity(IdentityId=one, Logins=logins, LoginsToRemove=[made.provider]),
    ):
        with refused("NotAuthorizedException"):
            attempt()
    # A pool that does not check takes the token until it expires, as Cognito's does.
    assert unchecked.credentials(other, logins)


def test_without_a_role_there_are_no_credentials(made, make_role, make_identities):  # noqa: F811
    logins = made.logins(made.app.user())
    one = made.get_id(logins)
    with refused("InvalidIdentityPoolConfigurationException", FORBIDDEN_ROLES):
        made.credentials(one, logins)
    # A role that trusts another identity pool, or guests, is as good as none.
    for wrong in ({"audience": "us-east-1:elsewhere"}, {"amr": "unauthenticated"}):
        another = make_identities(made.app)
        another.roles(make_role(another, **wrong))
        with refused("InvalidIdentityPoolConfigurationException", FORBIDDEN_ROLES):
            another.credentials(another.get_id(logins), logins)


def test_groups_give_their_roles(make_app, make_identities, make_role):  # noqa: F811
    app = make_app()
    made = make_identities(app)
    usual, staff, admin = (make_role(made) for _ in range(3))
    made.roles(usual, RoleMappings={
        f"{made.provider}:{app.client_id}": {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    })  # fmt: skip
    app.create_group("staff", RoleArn=staff, Precedence=5)
    app.create_group("admins", RoleArn=admin, Precedence=1)
    app.create_group("chiefs", RoleArn=staff, Precedence=1)
    name = app.user()
    one = made.get_id(made.logins(name))

    def role(**more):
        return role_of(made.credentials(one, made.logins(name), **more))

    # In no group: nobody says which role, and the mapping denies.
    with refused("NotAuthorizedException"):
        role()
    app.join(name, "staff")
    assert role() == staff.split("/")[1]
    app.join(name, "admins")
    assert role() == admin.split("/")[1]
    assert role(CustomRoleArn=staff) == staff.split("/")[1]
    with refused("NotAuthorizedException", NO_ROLE):
        role(CustomRoleArn=usual)
    app.join(name, "chiefs")  # as strong as admins, with another role: none is preferred
    with refused("NotAuthorizedException"):
        role()
    assert role(CustomRoleArn=admin) == admin.split("/")[1]


def test_rules_give_roles_by_claims(make_app, make_identities, make_role):  # noqa: F811
    app = make_app(pool={"Schema": [{"Name": "team", "AttributeDataType": "String", "Mutable": True}]})
    made = make_identities(app)
    usual, red, b, company = (make_role(made) for _ in range(4))

    def rule(claim, match, value, role):
        return {"Claim": claim, "MatchType": match, "Value": value, "RoleARN": role}

    rules = [
        rule("custom:team", "Equals", "red", red),
        rule("custom:team", "StartsWith", "b", b),
        rule("email", "Contains", "@company.example", company),
    ]
    made.roles(usual, RoleMappings={
        f"{made.provider}:{app.client_id}": {
            "Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole",
            "RulesConfiguration": {"Rules": rules},
        }
    })  # fmt: skip

    def role(email="x@example.com", **attributes):
        name = app.user(None, email=email, **{f"custom:{key}": value for key, value in attributes.items()})
        logins = made.logins(name)
        return role_of(made.credentials(made.get_id(logins), logins))

    assert role(team="red") == red.split("/")[1]
    assert role(team="blue") == b.split("/")[1]
    assert role(email="ann@company.example", team="green") == company.split("/")[1]
    assert role() == usual.split("/")[1]


def test_attributes_become_session_tags(make_app, make_identities, make_role, unique):  # noqa: F811
    app = make_app(pool={"Schema": [{"Name": "team", "AttributeDataType": "String", "Mutable": True}]})
    made = make_identities(app)
    bucket = unique("teams")
    local_iam("s3").create_bucket(Bucket=bucket)
    made.identity.set_principal_tag_attribute_map(
        IdentityPoolId=made.id, IdentityProviderName=made.provider, PrincipalTags={"team": "custom:team"}
    )
    made.roles(make_role(made, "s3:PutObject", f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team}}/*"))

    def s3(**attributes):
        logins = made.logins(app.user(None, **attributes))
        return with_credentials("s3", made.credentials(made.get_id(logins), logins))

    red, nobody = s3(**{"custom:team": "red"}), s3()
    red.put_object(Bucket=bucket, Key="red/plan", Body=b"x")
    assert denied(red.put_object, Bucket=bucket, Key="blue/plan", Body=b"x")
    assert denied(nobody.put_object, Bucket=bucket, Key="red/plan", Body=b"x")


def test_the_issuer_publishes_what_verifies_its_tokens(made, http):
    configuration = http("GET", "/identity-pools/.well-known/openid-configuration").json
    assert configuration["issuer"] == ISSUER
    keys = http("GET", configuration["jwks_uri"].removeprefix(ISSUER.removesuffix("/identity-pools"))).json["keys"]
    header = json.loads(base64.urlsafe_b64decode(made.token(made.get_id()).split(".")[0] + "=="))
    assert header["kid"] in {key["kid"] for key in keys}
    assert all(set(key) == {"alg", "e", "kid", "kty", "n", "use"} for key in keys)
    assert http("GET", "/identity-pools/.well-known/nothing").status == 404


def test_the_story_of_a_password_that_changed(made, make_role):  # noqa: F811
    """Credentials that were given stay good for their hour; new ones take a new sign-in."""
    made.roles(make_role(made))
    name = made.app.user()
    one = made.get_id(made.logins(name))
    given = made.credentials(one, made.logins(name))
    made.app.set_password(name, OTHER_PASSWORD)
    assert role_of(given)
    assert role_of(made.credentials(one, made.logins(name, OTHER_PASSWORD)))
