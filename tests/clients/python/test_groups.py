"""Groups and their members, as administrators keep them."""

import pytest
from boto3.dynamodb.conditions import Key
from support import at_once, attributes, make_app, refused, table, unchecked

ROLE = "arn:aws:iam::123456789012:role/staff"
NO_GROUP = "Group not found."


def calls(app, name, group):
    """Every operation on a group or a membership."""
    pool = {"UserPoolId": app.pool_id}
    cognito = app.cognito
    return [
        lambda: cognito.get_group(**pool, GroupName=group),
        lambda: cognito.update_group(**pool, GroupName=group, Precedence=1),
        lambda: cognito.delete_group(**pool, GroupName=group),
        lambda: cognito.list_users_in_group(**pool, GroupName=group),
        lambda: cognito.admin_add_user_to_group(**pool, GroupName=group, Username=name),
        lambda: cognito.admin_remove_user_from_group(**pool, GroupName=group, Username=name),
    ]


def pages(operation, key, **request):
    """All pages of a list, each as a list of its entries."""
    found = []
    while True:
        answer = operation(**request)
        found.append(answer[key])
        if "NextToken" not in answer:
            return found
        request["NextToken"] = answer["NextToken"]


def test_create_group(make_app):
    app = make_app()
    name = app.unique("staff")
    group = app.cognito.create_group(
        UserPoolId=app.pool_id, GroupName=name, Description="Those who work here", RoleArn=ROLE, Precedence=0
    )["Group"]
    assert group.pop("CreationDate") == group.pop("LastModifiedDate")
    assert group == {
        "GroupName": name,
        "UserPoolId": app.pool_id,
        "Description": "Those who work here",
        "RoleArn": ROLE,
        "Precedence": 0,
    }
    with refused("GroupExistsException", "A group with the name already exists."):
        app.create_group(name)
    # Names differ by case and may be of any script.
    for other in (name.upper(), "Ärzte#1", "部門"):
        assert app.create_group(other) == other
        assert app.cognito.get_group(UserPoolId=app.pool_id, GroupName=other)["Group"]["GroupName"] == other


@pytest.mark.parametrize(
    "settings",
    [{"GroupName": "two words"}, {"GroupName": "x" * 129}, {"RoleArn": "arn:aws:iam::role/without-account"}],
    ids=["space", "long", "role"],
)
def test_groups_that_cannot_be(make_app, settings):
    app = make_app()
    with refused("InvalidParameterException"):
        app.cognito.create_group(**{"UserPoolId": app.pool_id, "GroupName": "staff"} | settings)
    assert app.cognito.list_groups(UserPoolId=app.pool_id)["Groups"] == []


def test_a_precedence_is_not_negative(make_app, unchecked):
    app = make_app()
    with refused("InvalidParameterException"):
        unchecked.create_group(UserPoolId=app.pool_id, GroupName="staff", Precedence=-1)


def test_get_group(make_app):
    app = make_app()
    name = app.create_group(Precedence=5)
    group = app.cognito.get_group(UserPoolId=app.pool_id, GroupName=name)["Group"]
    assert (group["GroupName"], group["Precedence"]) == (name, 5)
    assert "Description" not in group and "RoleArn" not in group
    with refused("ResourceNotFoundException", NO_GROUP):
        app.cognito.get_group(UserPoolId=app.pool_id, GroupName=name.upper())


def test_what_is_not_there(make_app):
    app, other = make_app(), make_app()
    name = app.user()
    group = other.create_group()
    for call in calls(app, name, group):
        with refused("ResourceNotFoundException", NO_GROUP):
            call()
    own = app.create_group()
    for operation in ("admin_add_user_to_group", "admin_remove_user_from_group"):
        with refused("UserNotFoundException", "User does not exist."):
            app.administer(operation, "nobody", GroupName=own)
    with refused("UserNotFoundException", "User does not exist."):
        app.groups_of("nobody")
    with refused("ResourceNotFoundException"):
        app.cognito.create_group(UserPoolId="us-east-1_nosuch", GroupName="staff")
    with refused("ResourceNotFoundException"):
        app.cognito.list_groups(UserPoolId="us-east-1_nosuch")


def test_none_of_it_without_a_key(make_app, anonymous):
    app = make_app()
    name, group = app.user(), app.create_group()
    app.cognito, cognito = anonymous, app.cognito
    more = [lambda: app.groups_of(name), lambda: app.create_group(), lambda: anonymous.list_groups(UserPoolId=app.pool_id)]
    for call in calls(app, name, group) + more:
        with refused("MissingAuthenticationTokenException"):
            call()
    app.cognito = cognito
    assert app.groups_of(name) == [] and app.members_of(group) == []


def test_update_group(make_app):
    app = make_app()
    name = app.create_group(Description="old", Precedence=5)
    before = app.cognito.get_group(UserPoolId=app.pool_id, GroupName=name)["Group"]
    app.cognito.update_group(UserPoolId=app.pool_id, GroupName=name, Description="new", RoleArn=ROLE)
    after = app.cognito.update_group(UserPoolId=app.pool_id, GroupName=name, Precedence=0)["Group"]
    assert (after["Description"], after["RoleArn"], after["Precedence"]) == ("new", ROLE, 0)
    assert after["CreationDate"] == before["CreationDate"]
    assert after["LastModifiedDate"] > before["LastModifiedDate"]
    shown = app.cognito.get_group(UserPoolId=app.pool_id, GroupName=name)["Group"]
    assert shown == after


def test_changes_at_once_lose_nothing(make_app):
    app = make_app()
    name = app.create_group()

    def update(**change):
        return lambda: app.cognito.update_group(UserPoolId=app.pool_id, GroupName=name, **change)

    changes = [{"Description": "new"}, {"RoleArn": ROLE}, {"Precedence": 3}]
    answers = at_once(*(update(**change) for change in changes))
    group = app.cognito.get_group(UserPoolId=app.pool_id, GroupName=name)["Group"]
    assert None in answers
    for change, answer in zip(changes, answers):
        if answer is None:
            assert group.items() >= change.items()
        else:
            assert answer[0] == "TooManyRequestsException"


def test_of_groups_created_at_once_one_is(make_app):
    app = make_app()
    answers = at_once(*[lambda: app.create_group("staff")] * 4)
    assert answers.count(None) == 1
    assert {error for error, _ in filter(None, answers)} == {"GroupExistsException"}


def test_delete_group(make_app, table):
    app = make_app()
    name, group = app.user(), app.create_group()
    app.join(name, group)
    app.cognito.delete_group(UserPoolId=app.pool_id, GroupName=group)
    for call in calls(app, name, group):
        with refused("ResourceNotFoundException", NO_GROUP):
            call()
    assert app.groups_of(name) == []
    left = table.query(KeyConditionExpression=Key("PK").eq(f"GROUP#{app.pool_id}#{group}"))["Items"]
    assert left == []


def test_a_group_of_the_same_name_is_another_group(make_app, table):
    """Also where the deletion did not get as far as the memberships, which are put back here."""
    app = make_app()
    name, group = app.user(), app.create_group()
    app.join(name, group)
    keys = [
        {"PK": f"USER#{app.pool_id}#{name}", "SK": f"GROUP#{group}"},
        {"PK": f"GROUP#{app.pool_id}#{group}", "SK": f"USER#{name}"},
    ]
    left = [table.get_item(Key=key)["Item"] for key in keys]
    app.cognito.delete_group(UserPoolId=app.pool_id, GroupName=group)
    for item in left:
        table.put_item(Item=item)
    assert app.groups_of(name) == []
    app.create_group(group)
    assert app.groups_of(name) == [] and app.members_of(group) == []
    app.join(name, group)
    assert app.groups_of(name) == [group] and app.members_of(group) == [name]


def test_list_groups(make_app):
    app = make_app()
    assert app.cognito.list_groups(UserPoolId=app.pool_id)["Groups"] == []
    names = sorted(app.create_group() for _ in range(7))
    found = pages(app.cognito.list_groups, "Groups", UserPoolId=app.pool_id, Limit=3)
    assert [len(page) for page in found[:3]] == [3, 3, 1]
    assert [group["GroupName"] for page in found for group in page] == names
    everything = app.cognito.list_groups(UserPoolId=app.pool_id)
    assert len(everything["Groups"]) == 7 and "NextToken" not in everything
    for token in ("nonsense", "bm9uIHNlbnNl"):
        with refused("InvalidParameterException"):
            app.cognito.list_groups(UserPoolId=app.pool_id, NextToken=token)
    with refused("InvalidParameterException"):
        app.cognito.list_groups(UserPoolId=app.pool_id, Limit=61)


def test_admin_add_user_to_group(make_app):
    app = make_app(pool={"AliasAttributes": ["email"]})
    email = f"{app.unique('ann')}@example.com"
    name = app.user(email=email, email_verified="true")
    group = app.create_group()
    app.join(email, group)
    app.join(name, group)
    assert app.groups_of(name) == [group]
    assert app.members_of(group) == [name]


def test_admin_remove_user_from_group(make_app):
    app = make_app()
    ann, bob, group, other = app.user(), app.user(), app.create_group(), app.create_group()
    for name in (ann, bob):
        app.join(name, group)
        app.join(name, other)
    app.administer("admin_remove_user_from_group", ann, GroupName=group)
    app.administer("admin_remove_user_from_group", ann, GroupName=group)
    assert app.groups_of(ann) == [other]
    assert app.groups_of(bob) == sorted([group, other])
    assert app.members_of(group) == [bob]


def test_admin_list_groups_for_user(make_app):
    app = make_app(pool={"AliasAttributes": ["email"]})
    email = f"{app.unique('ann')}@example.com"
    name = app.user(email=email, email_verified="true")
    assert app.groups_of(name) == []
    groups = sorted(app.create_group(Description=f"Group {number}", Precedence=number) for number in range(5))
    for group in groups:
        app.join(name, group)
    app.create_group()
    found = pages(
        app.cognito.admin_list_groups_for_user, "Groups", UserPoolId=app.pool_id, Username=email, Limit=2
    )
    assert [group["GroupName"] for page in found for group in page] == groups
    first = found[0][0]
    shown = app.cognito.get_group(UserPoolId=app.pool_id, GroupName=groups[0])["Group"]
    assert first == shown


def test_list_users_in_group(make_app):
    app = make_app()
    group = app.create_group()
    names = sorted(app.user(nickname=f"Number {number}") for number in range(5))
    for name in names:
        app.join(name, group)
    app.user()
    found = pages(
        app.cognito.list_users_in_group, "Users", UserPoolId=app.pool_id, GroupName=group, Limit=2
    )
    assert [user["Username"] for page in found for user in page] == names
    (user,) = [user for page in found for user in page if user["Username"] == names[0]]
    shown = app.get(names[0])
    assert attributes(user, "Attributes") == attributes(shown)
    assert (user["UserStatus"], user["Enabled"]) == (shown["UserStatus"], True)
    with refused("InvalidParameterException"):
        app.cognito.list_users_in_group(UserPoolId=app.pool_id, GroupName=group, NextToken="nonsense")


def test_a_deleted_pool_takes_its_groups_along(make_app, table):
    app = make_app()
    name, group = app.user(), app.create_group()
    app.join(name, group)
    app.cognito.delete_user_pool(UserPoolId=app.pool_id)
    for partition in (f"POOL#{app.pool_id}", f"GROUP#{app.pool_id}#{group}", f"USER#{app.pool_id}#{name}"):
        assert table.query(KeyConditionExpression=Key("PK").eq(partition))["Items"] == [], partition


def count_of_groups(table, app, value=None):
    """How many groups the pool is said to have; sets it first where a value is given, as years of use would."""
    key = {"PK": f"POOL#{app.pool_id}", "SK": "COUNT#groups"}
    if value is not None:
        table.update_item(
            Key=key,
            UpdateExpression="SET #count = :value",
            ExpressionAttributeNames={"#count": "count"},
            ExpressionAttributeValues={":value": value},
        )
    return table.get_item(Key=key, ConsistentRead=True)["Item"]["count"]


def test_a_pool_has_at_most_ten_thousand_groups(make_app, table):
    app = make_app()
    names = [app.create_group() for _ in range(3)]
    with pytest.raises(app.cognito.exceptions.GroupExistsException):
        app.create_group(names[0])
    app.cognito.delete_group(UserPoolId=app.pool_id, GroupName=names.pop())
    assert count_of_groups(table, app) == 2
    assert count_of_groups(table, app, 9_999) == 9_999
    refusals = at_once(*[app.create_group for _ in range(5)])
    assert refusals.count(None) == 1
    assert {refusal[0] for refusal in refusals if refusal} <= {"LimitExceededException", "TooManyRequestsException"}
    assert count_of_groups(table, app) == 10_000
    with pytest.raises(app.cognito.exceptions.LimitExceededException):
        app.create_group()
    # Where a name is taken it is that which is told.
    with pytest.raises(app.cognito.exceptions.GroupExistsException):
        app.create_group(names[0])
    app.cognito.delete_group(UserPoolId=app.pool_id, GroupName=names.pop())
    app.create_group()


def test_a_user_is_in_at_most_a_hundred_groups(make_app, table):
    app = make_app()
    name, pattern = app.user(), app.create_group()
    app.join(name, pattern)
    keys = [
        {"PK": f"POOL#{app.pool_id}", "SK": f"GROUP#{pattern}"},
        {"PK": f"USER#{app.pool_id}#{name}", "SK": f"GROUP#{pattern}"},
    ]
    group, membership = (table.get_item(Key=key)["Item"] for key in keys)
    with table.batch_writer() as batch:
        for number in range(98):
            other = f"{pattern}-{number:02}"
            batch.put_item(Item=group | {"SK": f"GROUP#{other}", "name": other})
            batch.put_item(Item=membership | {"SK": f"GROUP#{other}", "group": other})
    assert len(app.groups_of(name)) == 60  # a page
    more = [app.create_group() for _ in range(4)]
    refusals = at_once(*[lambda group=group: app.join(name, group) for group in more])
    assert refusals.count(None) == 1
    assert {refusal[0] for refusal in refusals if refusal} <= {"InvalidParameterException", "TooManyRequestsException"}
    joined = more.pop(refusals.index(None))
    with pytest.raises(app.cognito.exceptions.InvalidParameterException, match="at most 100 groups"):
        app.join(name, more[0])
    app.join(name, joined)  # Being in it already is no error.
    # Groups that are gone leave room, whether or not the membership is swept.
    table.delete_item(Key=keys[0] | {"SK": f"GROUP#{pattern}-00"})
    app.join(name, more[0])
    app.administer("admin_remove_user_from_group", name, GroupName=joined)
    app.join(name, more[1])


def test_groups_with_the_aws_cli(make_app, aws_cli, command_error):
    app = make_app()
    pool = ["--user-pool-id", app.pool_id]
    name, group = app.user(), app.unique("staff")
    made = aws_cli("create-group", *pool, "--group-name", group, "--precedence", "1", "--role-arn", ROLE)["Group"]
    assert (made["Precedence"], made["RoleArn"]) == (1, ROLE)
    aws_cli("admin-add-user-to-group", *pool, "--username", name, "--group-name", group)
    assert aws_cli("list-users-in-group", *pool, "--group-name", group)["Users"][0]["Username"] == name
    listed = aws_cli("admin-list-groups-for-user", *pool, "--username", name)["Groups"]
    assert [found["GroupName"] for found in listed] == [group]
    aws_cli("admin-remove-user-from-group", *pool, "--username", name, "--group-name", group)
    assert aws_cli("list-users-in-group", *pool, "--group-name", group)["Users"] == []
    aws_cli("delete-group", *pool, "--group-name", group)
    with pytest.raises(command_error, match="ResourceNotFoundException.*Group not found"):
        aws_cli("get-group", *pool, "--group-name", group)
