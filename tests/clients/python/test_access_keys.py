"""Access keys from their making to their end, by the function that operators invoke.

Functions go on with a key as they know it for half a minute. So each step here asks a function that has not seen this
key yet.
"""

import json
import os
import time
import urllib.error
import urllib.request

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from stack import __main__ as command_line
from stack import access_key
from support import make_app, refused

INVALID = "The security token included in the request is invalid."
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class FunctionError(Exception):
    """What the function answers instead of a result."""


def access_keys(action, **command):
    url = f"{os.environ['GATEHOUSE_FUNCTIONS_URL']}/2015-03-31/functions/access-keys/invocations"
    body = json.dumps({"action": action} | command).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    try:
        with _OPENER.open(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise FunctionError(json.load(error)["errorMessage"]) from None


def listed(identifier):
    """The key as it is listed; None once it is not."""
    found = [key for key in access_keys("list")["accessKeys"] if key["accessKeyId"] == identifier]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.fixture
def new_key():
    """A function: the answer that made a new key."""
    made = set()

    def make(**settings):
        answer = access_keys("create", **settings)
        made.add(answer["accessKeyId"])
        return answer

    yield make
    for identifier in made & {key["accessKeyId"] for key in access_keys("list")["accessKeys"]}:
        access_keys("delete", accessKeyId=identifier)


@pytest.fixture
def make_key(new_key, client_with_key):
    """A function: a new key, as (id, client that signs with it, the answer that made it)."""

    def make(**settings):
        answer = new_key(**settings)
        client = client_with_key(answer["accessKeyId"], answer["secretAccessKey"])
        return answer["accessKeyId"], client, answer

    return make


def test_a_key_is_made_listed_switched_off_and_on_and_deleted(make_app, make_key):
    pool = {"UserPoolId": make_app().pool_id}
    identifier, client, made = make_key(description="nightly report")
    key = listed(identifier)
    assert abs(key.pop("createdAt") - time.time()) < 60
    assert key == {
        "accessKeyId": identifier,
        "actions": ["*"],
        "pools": ["*"],
        "description": "nightly report",
        "expiresAt": None,
        "development": False,
        "disabled": False,
        "lastUsedAt": None,
    }
    assert made["secretAccessKey"] not in json.dumps(access_keys("list"))

    begin = int(time.time())
    assert client.list_users(**pool)["Users"] == []
    assert begin <= listed(identifier)["lastUsedAt"] <= time.time()

    assert access_keys("disable", accessKeyId=identifier) == {}
    assert listed(identifier)["disabled"] is True
    with refused("UnrecognizedClientException", INVALID):
        client.describe_user_pool(**pool)
    assert access_keys("enable", accessKeyId=identifier) == {}
    assert listed(identifier)["disabled"] is False
    assert client.list_groups(**pool)["Groups"] == []

    assert access_keys("delete", accessKeyId=identifier) == {}
    assert listed(identifier) is None
    with refused("UnrecognizedClientException", INVALID):
        client.list_user_pool_clients(**pool)


def test_a_key_does_what_it_was_made_for(make_app, make_key):
    app, other = make_app(), make_app()
    name = app.user()
    _, client, made = make_key(
        actions=["AdminGetUser", "ListTagsForResource", "DescribeUserPool"], pools=[app.pool_id]
    )
    assert client.admin_get_user(UserPoolId=app.pool_id, Username=name)["Username"] == name
    assert client.describe_user_pool(UserPoolId=app.pool_id)
    # An ARN names its pool as well as an id does.
    assert client.list_tags_for_resource(ResourceArn=app.pool["Arn"])["Tags"] == {}
    denied = f"Access key {made['accessKeyId']} is not authorized to perform: cognito-idp:"
    for operation, resource, attempt in (
        ("AdminDeleteUser", app.pool_id, lambda: client.admin_delete_user(UserPoolId=app.pool_id, Username=name)),
        ("AdminGetUser", other.pool_id, lambda: client.admin_get_user(UserPoolId=other.pool_id, Username=name)),
        ("ListTagsForResource", other.pool_id, lambda: client.list_tags_for_resource(ResourceArn=other.pool["Arn"])),
        ("TagResource", app.pool_id, lambda: client.tag_resource(ResourceArn=app.pool["Arn"], Tags={"a": "b"})),
        ("ListUserPools", "*", lambda: client.list_user_pools(MaxResults=1)),
    ):
        with refused("AccessDeniedException", f"{denied}{operation} on resource: {resource}"):
            attempt()
    assert app.get(name)["Enabled"] is True


def test_every_key_is_listed_however_many_there_are(new_key):
    made = {new_key(description=f"number {number}")["accessKeyId"] for number in range(105)}
    keys = [key["accessKeyId"] for key in access_keys("list")["accessKeys"]]
    assert made <= set(keys) and len(keys) == len(set(keys))


def test_keys_that_do_not_exist(make_key):
    for action in ("disable", "enable", "delete"):
        with pytest.raises(FunctionError, match="There is no such access key"):
            access_keys(action, accessKeyId="GHAKNOSUCHKEY2222222")
        with pytest.raises(FunctionError, match="Malformed access key id"):
            access_keys(action, accessKeyId="nonsense")
    assert listed("GHAKNOSUCHKEY2222222") is None


def test_ids_and_secrets_are_generated(make_key):
    for chosen in ({"accessKeyId": "GHAKCHOSEN2222222222"}, {"secretAccessKey": "x" * 40}):
        with pytest.raises(FunctionError, match="generated"):
            access_keys("create", **chosen)
    assert listed("GHAKCHOSEN2222222222") is None


class DeployedHere:
    """Stands in for a session where a stack is deployed: its Lambda is the Invoke API of this one."""

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=os.environ["GATEHOUSE_FUNCTIONS_URL"],
            region_name=os.environ["AWS_REGION"],
            config=Config(signature_version=UNSIGNED, proxies={}),
        )


@pytest.fixture
def make_access_key(monkeypatch, capsys):
    """A function: what `make access-key` with these settings prints, by the first words of its lines."""
    outputs = {"Endpoint": "https://auth.example.com", "AccessKeysFunction": "access-keys"}
    monkeypatch.setattr(access_key, "deployed", lambda name: (DeployedHere(), outputs))

    def run(**settings):
        for name in ("ACTIONS", "POOLS", "DESCRIPTION"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        access_key.access_key(command_line.parse(["access-key", "--stack-name", "gatehouse"]))
        lines = capsys.readouterr().out.splitlines()
        return {line[:15].strip(): line[15:] for line in lines if line[13:15] == "  "}

    return run


def test_make_access_key_makes_the_key_that_it_prints(make_app, make_access_key, client_with_key):
    app = make_app()
    settings = {"ACTIONS": "DescribeUserPool, ListUsers", "POOLS": app.pool_id, "DESCRIPTION": "nightly 'report'"}
    printed = make_access_key(**settings)
    assert (printed["may call"], printed["on pools"]) == ("DescribeUserPool ListUsers", app.pool_id)
    client = client_with_key(printed["access key id"], printed["secret"])
    assert client.list_users(UserPoolId=app.pool_id)["Users"] == []
    with refused("AccessDeniedException"):
        client.list_groups(UserPoolId=app.pool_id)
    key = listed(printed["access key id"])
    assert (key["actions"], key["pools"]) == (["DescribeUserPool", "ListUsers"], [app.pool_id])
    assert key["description"] == "nightly 'report'"
    access_keys("delete", accessKeyId=printed["access key id"])

    everything = make_access_key()
    key = listed(everything["access key id"])
    assert (key["actions"], key["pools"], key["description"]) == (["*"], ["*"], None)
    access_keys("delete", accessKeyId=everything["access key id"])


def test_make_access_key_refuses_what_is_no_pool(make_access_key):
    with pytest.raises(access_key.StackError, match="customers: not the id of a pool"):
        make_access_key(POOLS="us-east-1_AbCdEf123 customers")
