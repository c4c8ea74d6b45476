"""Custom attributes that are added to a pool later."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from support import attributes, claims, make_app, refused, unchecked


def schema_of(app):
    pool = app.cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]
    return {attribute["Name"]: attribute for attribute in pool["SchemaAttributes"]}


def add(app, *definitions):
    return app.cognito.add_custom_attributes(UserPoolId=app.pool_id, CustomAttributes=list(definitions))


def test_add_custom_attributes(make_app):
    app = make_app()
    name = app.sign_up()
    add(
        app,
        {"Name": "team", "AttributeDataType": "String", "Mutable": True,
         "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "5"}},
        {"Name": "level", "AttributeDataType": "Number", "Mutable": True,
         "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"}},
        {"Name": "origin", "AttributeDataType": "String"},
    )  # fmt: skip
    schema = schema_of(app)
    assert schema["custom:team"]["StringAttributeConstraints"] == {"MinLength": "2", "MaxLength": "5"}
    assert schema["custom:level"]["NumberAttributeConstraints"] == {"MinValue": "1", "MaxValue": "9"}
    assert [schema[f"custom:{n}"]["Mutable"] for n in ("team", "level", "origin")] == [True, True, False]

    # A user who was there before gets them like a new one, and tokens carry them. (Functions go on with a pool as they
    # know it for half a minute; these have not seen it yet.)
    app.admin_update(name, {"custom:team": "blue", "custom:level": "3"})
    app.administer("admin_confirm_sign_up", name)
    shown = claims(app.tokens(name)["IdToken"])
    assert (shown["custom:team"], shown["custom:level"]) == ("blue", "3")
    new = app.user(**{"custom:origin": "import"})
    assert attributes(app.get(new))["custom:origin"] == "import"
    with refused("InvalidParameterException"):
        app.admin_update(new, {"custom:origin": "other"})
    for wrong in ({"custom:team": "b"}, {"custom:team": "bluish"}, {"custom:level": "0"}, {"custom:level": "x"}):
        with refused("InvalidParameterException"):
            app.admin_update(name, wrong)
    assert attributes(app.get(name))["custom:team"] == "blue"


def test_what_can_not_be_added(make_app, unchecked):
    app = make_app(pool={"Schema": [{"Name": "team", "AttributeDataType": "String"}]})
    before = schema_of(app)
    for wrong in (
        {"Name": "team", "AttributeDataType": "Number"},
        {"Name": "must", "AttributeDataType": "String", "Required": True},
        {"Name": "x" * 21, "AttributeDataType": "String"},
        {"Name": "bounds", "AttributeDataType": "Number",
         "NumberAttributeConstraints": {"MinValue": "9", "MaxValue": "1"}},
    ):  # fmt: skip
        with refused("InvalidParameterException"):
            unchecked.add_custom_attributes(
                UserPoolId=app.pool_id, CustomAttributes=[{"Name": "fine", "AttributeDataType": "String"}, wrong]
            )
    # All or nothing.
    assert schema_of(app) == before


def test_a_pool_has_fifty_custom_attributes_at_most(make_app):
    app = make_app()
    batches = [[{"Name": f"a{n}", "AttributeDataType": "String"} for n in range(i, i + 25)] for i in (0, 25)]
    for batch in batches:
        add(app, *batch)
    with refused("InvalidParameterException", "A pool has at most 50 custom attributes."):
        add(app, {"Name": "one-more", "AttributeDataType": "String"})
    assert sum(name.startswith("custom:") for name in schema_of(app)) == 50


def test_an_attribute_for_developers_is_written_by_administrators_only(make_app):
    app = make_app()
    add(app, {"Name": "score", "AttributeDataType": "Number", "DeveloperOnlyAttribute": True, "Mutable": True})
    name = app.user()
    app.admin_update(name, {"dev:custom:score": "7"})
    assert attributes(app.get(name))["dev:custom:score"] == "7"
    tokens = app.tokens(name)
    with refused("NotAuthorizedException"):
        app.update(tokens["AccessToken"], {"dev:custom:score": "100"})


@pytest.mark.parametrize("count", [2, 6])
def test_added_at_once_each_is_added_or_refused(make_app, count):
    """Whoever loses the race is told so; nothing that was answered with success is lost."""
    app = make_app()

    def one(number):
        try:
            add(app, {"Name": f"a{number}", "AttributeDataType": "String"})
            return True
        except app.cognito.exceptions.ConcurrentModificationException:
            return False
        except app.cognito.exceptions.TooManyRequestsException:
            return False

    with ThreadPoolExecutor(count) as pool:
        done = list(pool.map(one, range(count)))
    assert any(done)
    assert {n for n in schema_of(app) if n.startswith("custom:")} == {
        f"custom:a{n}" for n, added in enumerate(done) if added
    }
