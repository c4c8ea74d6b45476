"""Identity pools themselves: their settings, roles, session tags and tags, with a stock client."""

import pytest
from identity_support import (  # noqa: F401
    ACCOUNT,
    anonymous_identity,
    audiences,
    identity,
    make_identities,
    user_pool_provider,
)
from support import make_app, refused  # noqa: F401

ROLE = f"arn:aws:iam::{ACCOUNT}:role/somebody"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/somebody-else"
NOWHERE = "us-east-1:00000000-0000-4000-8000-00000000dead"


def settings(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def arn(pool):
    return f"arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{pool.id}"


def test_create_identity_pool(identity, make_identities, make_app):  # noqa: F811
    app = make_app()
    provider = {"ProviderName": user_pool_provider(app), "ClientId": app.client_id, "ServerSideTokenCheck": True}
    made = make_identities(
        IdentityPoolName="Photos of ann",
        AllowUnauthenticatedIdentities=True,
        AllowClassicFlow=True,
        DeveloperProviderName="login.example",
        CognitoIdentityProviders=[provider],
        IdentityPoolTags={"stage": "test"},
    )
    assert made.id.startswith("us-east-1:") and len(made.id) == len("us-east-1:") + 36
    assert made.pool["CognitoIdentityProviders"] == [provider]
    assert made.pool["AllowUnauthenticatedIdentities"] is made.pool["AllowClassicFlow"] is True
    assert made.pool["DeveloperProviderName"] == "login.example"
    # AWS STS takes tokens for the pool only because IAM knows it as an audience of the issuer.
    assert made.id in audiences()


def test_an_identity_pool_keeps_its_id_when_it_moves_here(make_identities):  # noqa: F811
    chosen = "us-east-1:12345678-0000-4000-8000-0123456789ab"
    assert make_identities(identifier=chosen).id == chosen
    with refused("ResourceConflictException"):
        make_identities(identifier=chosen)


@pytest.mark.parametrize(("setting", "error"), [
    ({"SamlProviderARNs": [f"arn:aws:iam::{ACCOUNT}:saml-provider/x"]}, "IAM has no SAML provider"),
    ({"SupportedLoginProviders": {"api.twitter.com": "a;b"}}, "api.twitter.com"),
    ({"CognitoIdentityProviders": [{"ProviderName": "idp.example.com/us-east-1_abc", "ClientId": "x"}]}, "no user pool"),
    ({"OpenIdConnectProviderARNs": [f"arn:aws:iam::{ACCOUNT}:oidc-provider/nowhere.example.com"]}, "IAM has no"),
    ({"IdentityPoolTags": {"aws:mine": "x"}}, "aws:"),
])  # fmt: skip
def test_what_would_not_be_obeyed_is_refused(make_identities, setting, error):  # noqa: F811
    with refused("InvalidParameterException") as caught:
        make_identities(**setting)
    assert error in caught.value.response["Error"]["Message"]


def test_describe_identity_pool(identity, make_identities):  # noqa: F811
    made = make_identities(IdentityPoolTags={"stage": "test"})
    assert settings(identity.describe_identity_pool(IdentityPoolId=made.id)) == settings(made.pool)
    with refused("ResourceNotFoundException", f"IdentityPool '{NOWHERE}' not found."):
        identity.describe_identity_pool(IdentityPoolId=NOWHERE)


def test_update_identity_pool(identity, make_identities, make_app):  # noqa: F811
    app = make_app()
    made = make_identities(app, DeveloperProviderName="login.example", IdentityPoolTags={"stage": "test"})
    answer = settings(made.update(AllowUnauthenticatedIdentities=True, IdentityPoolName="Another name"))
    assert answer["AllowUnauthenticatedIdentities"] is True
    assert settings(identity.describe_identity_pool(IdentityPoolId=made.id)) == answer
    # What is not given goes back to its default; the developer's name is for good.
    with refused("InvalidParameterException"):
        identity.update_identity_pool(
            IdentityPoolId=made.id, IdentityPoolName="x", AllowUnauthenticatedIdentities=False
        )
    identity.update_identity_pool(
        IdentityPoolId=made.id,
        IdentityPoolName="x",
        AllowUnauthenticatedIdentities=False,
        DeveloperProviderName="login.example",
    )
    after = identity.describe_identity_pool(IdentityPoolId=made.id)
    assert "CognitoIdentityProviders" not in after
    assert after["IdentityPoolTags"] == {"stage": "test"}


def test_list_identity_pools(identity, make_identities):  # noqa: F811
    made = {make_identities(IdentityPoolName=name).id: name for name in ("One", "Two", "Three")}
    found, request = {}, {"MaxResults": 2}
    while True:
        page = identity.list_identity_pools(**request)
        assert len(page["IdentityPools"]) <= 2
        found |= {pool["IdentityPoolId"]: pool["IdentityPoolName"] for pool in page["IdentityPools"]}
        if "NextToken" not in page:
            break
        request["NextToken"] = page["NextToken"]
    assert made.items() <= found.items()


def test_delete_identity_pool(identity, make_identities):  # noqa: F811
    made = make_identities(AllowUnauthenticatedIdentities=True)
    guest = made.get_id()
    identity.delete_identity_pool(IdentityPoolId=made.id)
    for attempt in (
        lambda: identity.describe_identity_pool(IdentityPoolId=made.id),
        lambda: identity.delete_identity_pool(IdentityPoolId=made.id),
        lambda: identity.describe_identity(IdentityId=guest),
    ):
        with refused("ResourceNotFoundException"):
            attempt()


def test_set_identity_pool_roles(identity, make_identities, make_app):  # noqa: F811
    app = make_app()
    made = make_identities(app)
    key = f"{made.provider}:{app.client_id}"
    rule = {"Claim": "custom:team", "MatchType": "Equals", "Value": "red", "RoleARN": OTHER_ROLE}
    mapping = {
        "Type": "Rules",
        "AmbiguousRoleResolution": "Deny",
        "RulesConfiguration": {"Rules": [rule]},
    }
    made.roles(ROLE, RoleMappings={key: mapping})
    assert identity.get_identity_pool_roles(IdentityPoolId=made.id)["RoleMappings"] == {key: mapping}
    for wrong in (
        {key: mapping | {"RulesConfiguration": {"Rules": [rule] * 26}}},
        {key: {"Type": "Rules", "AmbiguousRoleResolution": "Deny"}},
        {key: {"Type": "Token"}},
        {"graph.facebook.com": {"Type": "Token", "AmbiguousRoleResolution": "Deny"}},
        {f"{made.provider}:another": {"Type": "Token", "AmbiguousRoleResolution": "Deny"}},
    ):
        with refused("InvalidParameterException"):
            made.roles(ROLE, RoleMappings=wrong)
    with refused("InvalidParameterException"):
        made.roles(f"arn:aws:iam::{ACCOUNT}:user/ann")
    assert identity.get_identity_pool_roles(IdentityPoolId=made.id)["RoleMappings"] == {key: mapping}


def test_get_identity_pool_roles(identity, make_identities):  # noqa: F811
    made = make_identities()
    assert settings(identity.get_identity_pool_roles(IdentityPoolId=made.id)) == {
        "IdentityPoolId": made.id, "Roles": {},
    }  # fmt: skip
    made.roles(ROLE, OTHER_ROLE)
    roles = identity.get_identity_pool_roles(IdentityPoolId=made.id)["Roles"]
    assert roles == {"authenticated": ROLE, "unauthenticated": OTHER_ROLE}


def test_set_principal_tag_attribute_map(identity, make_identities, make_app):  # noqa: F811
    made = make_identities(make_app())
    request = {"IdentityPoolId": made.id, "IdentityProviderName": made.provider}
    answer = identity.set_principal_tag_attribute_map(**request, PrincipalTags={"team": "custom:team"})
    assert answer["PrincipalTags"] == {"team": "custom:team"} and answer["UseDefaults"] is False
    answer = identity.set_principal_tag_attribute_map(**request, UseDefaults=True)
    assert answer["PrincipalTags"] == {"username": "sub", "client": "aud"}
    with refused("ResourceNotFoundException"):
        identity.set_principal_tag_attribute_map(**request | {"IdentityProviderName": "accounts.google.com"})


def test_get_principal_tag_attribute_map(identity, make_identities, make_app):  # noqa: F811
    made = make_identities(make_app())
    request = {"IdentityPoolId": made.id, "IdentityProviderName": made.provider}
    assert identity.get_principal_tag_attribute_map(**request)["PrincipalTags"] == {}
    identity.set_principal_tag_attribute_map(**request, PrincipalTags={"team": "custom:team"})
    found = settings(identity.get_principal_tag_attribute_map(**request))
    assert found == request | {"PrincipalTags": {"team": "custom:team"}, "UseDefaults": False}


def tags_of(identity, pool):  # noqa: F811
    tags = identity.list_tags_for_resource(ResourceArn=arn(pool))["Tags"]
    assert identity.describe_identity_pool(IdentityPoolId=pool.id).get("IdentityPoolTags", {}) == tags
    return tags


def test_tag_identity_pool(identity, make_identities):  # noqa: F811
    made = make_identities(IdentityPoolTags={"stage": "test", "owner": "ann"})
    identity.tag_resource(ResourceArn=arn(made), Tags={"stage": "live", "cost": "ä"})
    assert tags_of(identity, made) == {"stage": "live", "owner": "ann", "cost": "ä"}
    with refused("InvalidParameterException"):
        identity.tag_resource(ResourceArn=arn(made), Tags={f"tag-{number}": "" for number in range(48)})
    assert len(tags_of(identity, made)) == 3


def test_untag_identity_pool(identity, make_identities):  # noqa: F811
    made = make_identities(IdentityPoolTags={"stage": "test", "owner": "ann"})
    identity.untag_resource(ResourceArn=arn(made), TagKeys=["stage", "never-there"])
    assert tags_of(identity, made) == {"owner": "ann"}


def test_list_tags_for_an_identity_pool(identity, make_identities, make_pool):  # noqa: F811
    made = make_identities(IdentityPoolTags={"stage": "test"})
    assert tags_of(identity, made) == {"stage": "test"}
    # A user pool's tags are another service's.
    with refused("ResourceNotFoundException"):
        identity.list_tags_for_resource(ResourceArn=make_pool()["Arn"])


def test_an_access_key_for_one_identity_pool_changes_no_other(make_identities):  # noqa: F811
    from identity_support import identity_client
    from support import invoke

    mine, other = make_identities(), make_identities()
    key = invoke("access-keys", {"action": "create", "actions": ["DescribeIdentityPool"], "pools": [mine.id]})
    client = identity_client(
        aws_access_key_id=key["accessKeyId"], aws_secret_access_key=key["secretAccessKey"]
    )
    assert client.describe_identity_pool(IdentityPoolId=mine.id)["IdentityPoolId"] == mine.id
    for attempt in (
        lambda: client.describe_identity_pool(IdentityPoolId=other.id),
        lambda: client.delete_identity_pool(IdentityPoolId=mine.id),
        lambda: client.list_identity_pools(MaxResults=1),
    ):
        with refused("AccessDeniedException") as caught:
            attempt()
        assert "cognito-identity:" in caught.value.response["Error"]["Message"]


def test_administration_of_identity_pools_is_signed(anonymous_identity, make_identities):  # noqa: F811
    made = make_identities()
    with refused("MissingAuthenticationTokenException"):
        anonymous_identity.describe_identity_pool(IdentityPoolId=made.id)
