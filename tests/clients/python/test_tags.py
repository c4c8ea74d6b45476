"""Tags of user pools, by the operations for them and by those of the pool itself."""

import pytest
from support import refused


def tags_of(cognito, pool):
    tags = cognito.list_tags_for_resource(ResourceArn=pool["Arn"])["Tags"]
    assert cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"].get("UserPoolTags", {}) == tags
    return tags


def test_tag_resource(cognito, make_pool, aws_cli):
    pool = make_pool(UserPoolTags={"stage": "test", "owner": "ann"})
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"stage": "live", "cost": "ä/+-=._:@"})
    assert tags_of(cognito, pool) == {"stage": "live", "owner": "ann", "cost": "ä/+-=._:@"}
    aws_cli("tag-resource", "--resource-arn", pool["Arn"], "--tags", "empty=")
    assert tags_of(cognito, pool)["empty"] == ""
    # The pool's other settings are not touched; an update that names no tags takes them away, as it does with all else.
    cognito.update_user_pool(UserPoolId=pool["Id"], AutoVerifiedAttributes=["email"])
    assert tags_of(cognito, pool) == {}
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"more": "1"})
    assert tags_of(cognito, pool) == {"more": "1"}
    assert cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]["AutoVerifiedAttributes"] == ["email"]
    cognito.update_user_pool(UserPoolId=pool["Id"], UserPoolTags={"only": "this"})
    assert tags_of(cognito, pool) == {"only": "this"}


def test_untag_resource(cognito, make_pool):
    pool = make_pool(UserPoolTags={"stage": "test", "owner": "ann", "cost": "1"})
    cognito.untag_resource(ResourceArn=pool["Arn"], TagKeys=["stage", "never-there", "cost"])
    assert tags_of(cognito, pool) == {"owner": "ann"}
    cognito.untag_resource(ResourceArn=pool["Arn"], TagKeys=["owner"])
    assert tags_of(cognito, pool) == {}


def test_list_tags_for_resource(cognito, make_pool, aws_cli):
    one, other = make_pool(UserPoolTags={"stage": "test"}), make_pool()
    assert aws_cli("list-tags-for-resource", "--resource-arn", one["Arn"]) == {"Tags": {"stage": "test"}}
    assert tags_of(cognito, other) == {}


def test_a_pool_has_fifty_tags_at_most(cognito, make_pool):
    pool = make_pool()
    tags = {f"tag-{number}": str(number) for number in range(50)}
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags=tags)
    with refused("InvalidParameterException", "A resource has at most 50 tags."):
        cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"one-more": ""})
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"tag-0": "changed"})
    assert tags_of(cognito, pool) == tags | {"tag-0": "changed"}


@pytest.mark.parametrize("change", [
    lambda arn: arn[:-1],
    lambda arn: arn.replace(":userpool/", ":identitypool/"),
    lambda arn: arn.replace(":cognito-idp:", ":cognito-identity:"),
    lambda arn: arn.replace(arn.split(":")[3], "eu-central-1", 1),
])  # fmt: skip
def test_what_is_no_pool_has_no_tags(cognito, make_pool, change):
    arn = change(make_pool()["Arn"])
    for attempt in (
        lambda: cognito.list_tags_for_resource(ResourceArn=arn),
        lambda: cognito.tag_resource(ResourceArn=arn, Tags={"a": "b"}),
        lambda: cognito.untag_resource(ResourceArn=arn, TagKeys=["a"]),
    ):
        with refused("ResourceNotFoundException"):
            attempt()


def test_tags_of_a_deleted_pool_are_gone(cognito, make_pool):
    pool = make_pool(UserPoolTags={"stage": "test"})
    cognito.delete_user_pool(UserPoolId=pool["Id"])
    with refused("ResourceNotFoundException"):
        cognito.list_tags_for_resource(ResourceArn=pool["Arn"])


def test_strangers_see_and_set_no_tags(anonymous, make_pool):
    arn = make_pool()["Arn"]
    with refused("MissingAuthenticationTokenException"):
        anonymous.list_tags_for_resource(ResourceArn=arn)
    with refused("MissingAuthenticationTokenException"):
        anonymous.tag_resource(ResourceArn=arn, Tags={"a": "b"})


def test_the_tag_that_is_fixed_outlives_an_update_without_tags(cognito, make_pool):
    schema = [{"Name": "team", "AttributeDataType": "String"}]
    pool = make_pool(UserPoolTags={"gatehouse:searchable": "custom:team", "stage": "test"}, Schema=schema)
    cognito.update_user_pool(UserPoolId=pool["Id"])
    assert tags_of(cognito, pool) == {"gatehouse:searchable": "custom:team"}
