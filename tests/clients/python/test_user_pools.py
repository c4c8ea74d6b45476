"""User pools: what is created, shown, changed and deleted, with the KMS keys that belong to each."""

import os
import re
import uuid

import pytest
from support import PASSWORD, App, local_aws, make_app, refused, unchecked

KNOWN_ATTRIBUTES = {
    "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
    "phone_number_verified", "address", "updated_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def kms():
    """KMS of the AWS behind the functions."""
    return local_aws("kms")


def key_of(kms, pool_id, usage):
    return kms.describe_key(KeyId=f"alias/gatehouse/{pool_id}/{usage}")["KeyMetadata"]


def test_create_user_pool(make_pool, kms, http, unique):
    name = unique("pool")
    pool = make_pool(PoolName=name)
    region = os.environ["AWS_REGION"]
    assert re.fullmatch(rf"{region}_[A-Za-z0-9]{{9}}", pool["Id"])
    assert re.fullmatch(rf"arn:aws:cognito-idp:{region}:\d{{12}}:userpool/{pool['Id']}", pool["Arn"])
    assert pool["Name"] == name
    assert pool["Policies"]["PasswordPolicy"] == {
        "MinimumLength": 8,
        "RequireUppercase": True,
        "RequireLowercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
        "TemporaryPasswordValidityDays": 7,
    }
    assert {attribute["Name"] for attribute in pool["SchemaAttributes"]} == KNOWN_ATTRIBUTES
    assert pool["MfaConfiguration"] == "OFF"
    assert pool["DeletionProtection"] == "INACTIVE"
    assert pool["UsernameConfiguration"] == {"CaseSensitive": True}
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert pool["EmailConfiguration"]["EmailSendingAccount"] == "COGNITO_DEFAULT"
    assert pool["VerificationMessageTemplate"]["DefaultEmailOption"] == "CONFIRM_WITH_CODE"
    assert pool["CreationDate"] == pool["LastModifiedDate"]

    # Two signing keys of its own, which can do nothing but sign and say whose they are.
    keys = {usage: key_of(kms, pool["Id"], usage) for usage in ("id", "access")}
    assert keys["id"]["KeyId"] != keys["access"]["KeyId"]
    for key in keys.values():
        assert (key["KeySpec"], key["KeyUsage"], key["KeyState"]) == ("RSA_2048", "SIGN_VERIFY", "Enabled")
        tags = kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]
        assert {"TagKey": "gatehouse:pool", "TagValue": pool["Id"]} in tags
    published = http("GET", f"/{pool['Id']}/.well-known/jwks.json").json["keys"]
    assert len({key["kid"] for key in published}) == 2
    for key in published:
        assert (key["kty"], key["alg"], key["use"], key["e"]) == ("RSA", "RS256", "sig", "AQAB")
        assert set(key) == {"kty", "alg", "use", "e", "n", "kid"}


def test_a_pool_with_everything_chosen(make_pool, cognito):
    settings = {
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 12,
                "RequireUppercase": False,
                "RequireLowercase": True,
                "RequireNumbers": True,
                "RequireSymbols": False,
                "TemporaryPasswordValidityDays": 3,
            }
        },
        "AutoVerifiedAttributes": ["email"],
        "AliasAttributes": ["email", "preferred_username"],
        "UsernameConfiguration": {"CaseSensitive": False},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
        "UserPoolTags": {"team": "identity"},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
        "Schema": [{"Name": "plan", "AttributeDataType": "String", "Mutable": True}],
    }
    pool = cognito.describe_user_pool(UserPoolId=make_pool(**settings)["Id"])["UserPool"]
    assert pool["Policies"]["PasswordPolicy"] == settings["Policies"]["PasswordPolicy"]
    for name in ("AutoVerifiedAttributes", "AliasAttributes", "UsernameConfiguration", "UserPoolTags"):
        assert pool[name] == settings[name], name
    assert pool["AccountRecoverySetting"] == settings["AccountRecoverySetting"]
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    [plan] = [attribute for attribute in pool["SchemaAttributes"] if attribute["Name"] == "custom:plan"]
    assert (plan["AttributeDataType"], plan["Mutable"], plan["Required"]) == ("String", True, False)


@pytest.mark.parametrize(
    "settings, why",
    [
        (
            {"AliasAttributes": ["email"], "UsernameAttributes": ["email"]},
            "Only one of aliasAttributes or usernameAttributes can be set.",
        ),
        (
            {"Schema": [{"Name": "plan", "AttributeDataType": "String", "Required": True}]},
            "Required custom attributes are not supported currently.",
        ),
        ({"Schema": [{"Name": f"a{n}", "AttributeDataType": "String"} for n in range(51)]}, "50"),
        ({"Schema": [{"Name": "email", "AttributeDataType": "Number"}]}, "standard schema attribute email"),
        ({"Policies": {"PasswordPolicy": {"MinimumLength": 5}}}, "'policies.passwordPolicy.minimumLength'"),
        ({"Policies": {"PasswordPolicy": {"MinimumLength": 100}}}, "less than or equal to 99"),
        ({"PoolName": "a" * 129}, "'poolName'"),
        # A setting that is not obeyed is refused by its name.
        ({"MfaConfiguration": "ON"}, "Invalid MFA configuration given"),
        ({"LambdaConfig": {"PreSignUp": "arn:aws:sns:us-east-1:123456789012:topic"}}, "LambdaConfig"),
        ({"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}, "AdvancedSecurityMode"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_that_are_refused(unchecked, settings, why):
    with refused("InvalidParameterException") as caught:
        unchecked.create_user_pool(**{"PoolName": "refused"} | settings)
    assert why in caught.value.response["Error"]["Message"]


def test_describe_user_pool(make_pool, cognito):
    pool = make_pool(UserPoolTags={"a": "b"})
    shown = cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]
    assert shown == pool
    with refused("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist."):
        cognito.describe_user_pool(UserPoolId="us-east-1_Nowhere00")
    with refused("InvalidParameterException") as caught:
        cognito.describe_user_pool(UserPoolId="no pool")
    assert "'userPoolId'" in caught.value.response["Error"]["Message"]


def test_update_user_pool(make_app, cognito):
    app = make_app(pool={"UserPoolTags": {"team": "identity"}, "DeletionProtection": "ACTIVE"})
    cognito.update_user_pool(
        UserPoolId=app.pool_id,
        Policies={"PasswordPolicy": {"MinimumLength": 30}},
        AutoVerifiedAttributes=["email"],
    )
    pool = cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 30
    assert pool["LastModifiedDate"] > pool["CreationDate"]
    # As Cognito does it, what an update does not name goes back to its default, tags too; what is fixed stays.
    assert pool["DeletionProtection"] == "INACTIVE"
    assert "UserPoolTags" not in pool
    for name in ("Id", "Arn", "Name", "SchemaAttributes", "CreationDate", "UsernameConfiguration"):
        assert pool[name] == app.pool[name], name
    with refused("InvalidPasswordException", "Password did not conform with policy: Password not long enough"):
        app.sign_up(password=PASSWORD)
    with refused("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist."):
        cognito.update_user_pool(UserPoolId="us-east-1_Nowhere00")
    with refused("InvalidParameterException"):
        cognito.update_user_pool(UserPoolId=app.pool_id, MfaConfiguration="OPTIONAL")


def test_delete_user_pool(make_app, make_client, cognito, kms, http):
    app = make_app()
    second = make_client(app.pool)
    app.user()
    name = app.user(email="ann@example.com")
    token = app.tokens(name)["AccessToken"]
    keys = {usage: key_of(kms, app.pool_id, usage)["KeyId"] for usage in ("id", "access")}
    cognito.delete_user_pool(UserPoolId=app.pool_id)

    message = f"User pool {app.pool_id} does not exist."
    with refused("ResourceNotFoundException", message):
        cognito.describe_user_pool(UserPoolId=app.pool_id)
    with refused("ResourceNotFoundException", message):
        cognito.delete_user_pool(UserPoolId=app.pool_id)
    with refused("ResourceNotFoundException"):
        cognito.describe_user_pool_client(UserPoolId=app.pool_id, ClientId=second["ClientId"])
    for document in ("jwks.json", "openid-configuration"):
        assert http("GET", f"/{app.pool_id}/.well-known/{document}").status == 404
    with refused("NotAuthorizedException"):
        app.me(token)
    # The keys can still be saved for a week, and no alias leads to them any more.
    for usage, key in keys.items():
        metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
        assert metadata["KeyState"] == "PendingDeletion"
        with pytest.raises(kms.exceptions.NotFoundException):
            key_of(kms, app.pool_id, usage)


def test_a_protected_pool_is_not_deleted(make_pool, cognito):
    pool = make_pool(DeletionProtection="ACTIVE")
    with refused("InvalidParameterException") as caught:
        cognito.delete_user_pool(UserPoolId=pool["Id"])
    assert "deletion protection is activated" in caught.value.response["Error"]["Message"]
    assert cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]["Name"] == pool["Name"]
    cognito.update_user_pool(UserPoolId=pool["Id"], DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=pool["Id"])
    with refused("ResourceNotFoundException"):
        cognito.describe_user_pool(UserPoolId=pool["Id"])


def test_list_user_pools(make_pool, cognito):
    made = [make_pool() for _ in range(3)]
    pages = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 2})
    found, sizes = {}, []
    for page in pages:
        sizes.append(len(page["UserPools"]))
        for pool in page["UserPools"]:
            assert pool["Id"] not in found, "a pool is on one page only"
            found[pool["Id"]] = pool
    assert max(sizes) <= 2
    for pool in made:
        listed = found[pool["Id"]]
        assert listed["Name"] == pool["Name"]
        assert listed["CreationDate"] == pool["CreationDate"]
        assert "SchemaAttributes" not in listed
    with refused("InvalidParameterException") as caught:
        cognito.list_user_pools(MaxResults=61)
    assert "'maxResults'" in caught.value.response["Error"]["Message"]
    with refused("InvalidParameterException", "Invalid pagination token."):
        cognito.list_user_pools(MaxResults=10, NextToken="nonsense")


def chosen(client, operation, identifier, **request):
    """A call with the id that the new thing shall have, as a pool that moves here needs it."""
    event = f"before-call.cognito-identity-provider.{operation}"

    def choose(params, **_):
        params["headers"]["x-gatehouse-id"] = identifier

    client.meta.events.register(event, choose)
    try:
        return {"CreateUserPool": client.create_user_pool, "CreateUserPoolClient": client.create_user_pool_client}[
            operation
        ](**request)
    finally:
        client.meta.events.unregister(event, choose)


def test_a_pool_that_moves_here_keeps_its_id_and_its_client_s(client_with_key, anonymous, unique):
    cognito = client_with_key(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    pool_id, client_id = f"eu-central-1_M{uuid.uuid4().hex[:8]}", uuid.uuid4().hex[:26]
    pool = chosen(cognito, "CreateUserPool", pool_id, PoolName="moved")["UserPool"]
    try:
        assert pool["Id"] == pool_id
        flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        request = {"UserPoolId": pool_id, "ClientName": "moved", "ExplicitAuthFlows": flows}
        client = chosen(cognito, "CreateUserPoolClient", client_id, **request)["UserPoolClient"]
        assert client["ClientId"] == client_id
        app = App(pool, client, cognito, anonymous, unique)
        assert app.srp_auth(app.user())["AccessToken"]
        for operation, identifier, again in (
            ("CreateUserPool", pool_id, {"PoolName": "moved"}),
            ("CreateUserPool", "no pool id", {"PoolName": "moved"}),
            ("CreateUserPoolClient", client_id, request),
        ):
            with refused("InvalidParameterException"):
                chosen(cognito, operation, identifier, **again)
    finally:
        cognito.delete_user_pool(UserPoolId=pool_id)
