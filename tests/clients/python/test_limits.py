"""Limits that owners set on a pool's operations: what they are, and that requests past them are refused."""

import time

import pytest
from botocore.exceptions import ClientError
from event_support import covers, send
from support import at_once, invoke, make_app, refused, table, unchecked

NO_LIMIT = 2**31 - 1
PAST = ("TooManyRequestsException", "Rate exceeded")


def definition(pool_id, category):
    return {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category, "UserPoolId": pool_id}}


def limit(app, category, value):
    answer = app.cognito.update_provisioned_limit(
        LimitDefinition=definition(app.pool_id, category), RequestedLimitValue=value
    )
    return answer["Limit"]


def past(outcomes):
    """How many of the outcomes were past a limit; the others must be successes."""
    assert set(outcomes) <= {None, PAST}
    return outcomes.count(PAST)


def test_update_provisioned_limit(make_app):
    """Of thirty requests at once, a limit of one a second lets few pass; other categories and pools do not count."""
    app, other = make_app(), make_app()
    assert limit(app, "UserList", 1) == {
        "LimitDefinition": definition(app.pool_id, "UserList"),
        "ProvisionedLimitValue": 1,
        "FreeLimitValue": NO_LIMIT,
    }

    def list_users(of=app):
        return of.cognito.list_users(UserPoolId=of.pool_id, Limit=1)

    assert past(at_once(*[list_users] * 30)) > 10
    assert at_once(*[app.user] * 4) == [None] * 4
    assert at_once(*[lambda: list_users(other)] * 10) == [None] * 10
    for _ in range(100):
        try:
            assert len(list_users()["Users"]) == 1
            break
        except ClientError as error:
            assert error.response["Error"]["Code"] == "TooManyRequestsException"
            time.sleep(0.1)
    else:
        pytest.fail("the limit never opened again")


def test_get_provisioned_limit(make_app):
    app = make_app()

    def get(category):
        answer = app.cognito.get_provisioned_limit(LimitDefinition=definition(app.pool_id, category))
        assert answer["Limit"]["FreeLimitValue"] == NO_LIMIT
        assert answer["Limit"]["LimitDefinition"] == definition(app.pool_id, category)
        return answer["Limit"]["ProvisionedLimitValue"]

    assert get("UserAuthentication") == NO_LIMIT
    limit(app, "UserAuthentication", 50)
    limit(app, "UserToken", 60)
    assert (get("UserAuthentication"), get("UserToken"), get("UserRead")) == (50, 60, NO_LIMIT)
    assert limit(app, "UserAuthentication", NO_LIMIT)["ProvisionedLimitValue"] == NO_LIMIT
    assert (get("UserAuthentication"), get("UserToken")) == (NO_LIMIT, 60)
    app.cognito.update_user_pool(UserPoolId=app.pool_id, AutoVerifiedAttributes=["email"])
    assert get("UserToken") == 60


def test_what_no_limit_can_be(make_app, unchecked):
    app = make_app()
    good = definition(app.pool_id, "UserRead")
    for value in (0, -1):
        with refused("InvalidParameterException", "RequestedLimitValue must be at least 1."):
            app.cognito.update_provisioned_limit(LimitDefinition=good, RequestedLimitValue=value)
    for attributes in (
        {"Category": "UserRead"},
        {"UserPoolId": app.pool_id},
        {"Category": "Nothing", "UserPoolId": app.pool_id},
        good["Attributes"] | {"Other": "x"},
    ):
        with refused("InvalidParameterException"):
            app.cognito.get_provisioned_limit(LimitDefinition=good | {"Attributes": attributes})
    for pool in ("us-east-1_Unknown", "no pool"):
        with refused("ResourceNotFoundException"):
            app.cognito.get_provisioned_limit(LimitDefinition=definition(pool, "UserRead"))
    with refused("InvalidParameterException"):
        unchecked.get_provisioned_limit(LimitDefinition=good | {"LimitClass": "OTHER"})


@pytest.mark.parametrize("how", ["client", "token"])
def test_requests_of_apps_count_by_their_client_or_their_token(make_app, how):
    app = make_app()
    limit(app, {"client": "UserAccountRecovery", "token": "UserUpdate"}[how], 1)

    def recover():
        try:
            app.forgot("nobody")
        except ClientError as error:
            if error.response["Error"]["Code"] != "UserNotFoundException":
                raise

    if how == "client":
        assert past(at_once(*[recover] * 30)) > 10
        return
    name = app.user()
    token = app.tokens(name)["AccessToken"]
    outcomes = at_once(*[lambda: app.update(token, {"name": "Ann"})] * 30)
    assert outcomes.count(PAST) > 10


def test_a_key_for_one_pool_limits_no_other(make_app, client_with_key):
    mine, other = make_app(), make_app()
    made = invoke("access-keys", {"action": "create", "actions": ["*"], "pools": [mine.pool_id]})
    client = client_with_key(made["accessKeyId"], made["secretAccessKey"])
    assert client.get_provisioned_limit(LimitDefinition=definition(mine.pool_id, "UserRead"))
    with refused("AccessDeniedException"):
        client.update_provisioned_limit(
            LimitDefinition=definition(other.pool_id, "UserRead"), RequestedLimitValue=1
        )


def test_the_bucket_is_one_item_that_goes_by_itself(make_app, table):
    app = make_app()
    limit(app, "UserCreation", 5)
    app.user()
    item = table.get_item(Key={"PK": f"LIMIT#{app.pool_id}#UserCreation", "SK": "-"})["Item"]
    assert set(item) == {"PK", "SK", "full_at", "expires_at"}
    without = make_app()
    without.user()
    assert "Item" not in table.get_item(Key={"PK": f"LIMIT#{without.pool_id}#UserCreation", "SK": "-"})


@covers("limits/basic")
def test_the_event_reads_the_demo_pool_s_limit():
    answer = send("limits/basic")
    assert answer.status == 200
    assert answer.body["Limit"]["ProvisionedLimitValue"] == NO_LIMIT
