"""How the tests of events/ send a file to its function, as it is or with the real thing in a stand-in's place."""

import base64
import json
import os
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
EVENTS = ROOT / "events"
POOL = "us-east-1_Gatehouse"
CLIENT = "gatehousedemo"
PASSWORD = "Events-pass-1"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Answer:
    """What API Gateway would have sent to the caller."""

    status: int
    headers: dict
    body: dict

    @property
    def error(self):
        return (self.status, self.body.get("__type", "").rsplit("#")[-1])


def load(name):
    return json.loads((EVENTS / f"{name}.json").read_text())


def with_body(event, **members):
    """The event with members of its body replaced, as JSON text."""
    return event | {"body": json.dumps(json.loads(event["body"]) | members), "isBase64Encoded": False}


def invoke(function, payload):
    """The function's answer, unread, from the Invoke API."""
    url = f"{os.environ['GATEHOUSE_FUNCTIONS_URL'].rstrip('/')}/2015-03-31/functions/{function}/invocations"
    request = urllib.request.Request(url, json.dumps(payload).encode(), {"content-type": "application/json"})
    try:
        with _OPENER.open(request, timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        pytest.fail(f"{function} failed: {error.read().decode()}")


def read(answer):
    body = answer.get("body") or "{}"
    if answer.get("isBase64Encoded"):
        body = base64.b64decode(body)
    headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers.setdefault(name.lower(), values[0])
    return Answer(answer["statusCode"], headers, json.loads(body))


def send(name, event=None):
    return read(invoke(name.split("/")[0], event or load(name)))


def signed_up(cognito, name):
    """Signs `name` up unless it is; new ones get a code by mail."""
    try:
        cognito.sign_up(
            ClientId=CLIENT,
            Username=name,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}],
        )
    except cognito.exceptions.UsernameExistsException:
        pass
    return cognito.admin_get_user(UserPoolId=POOL, Username=name)


def attributes(user, member="UserAttributes"):
    return {attribute["Name"]: attribute["Value"] for attribute in user[member]}


@pytest.fixture
def signed_in(cognito):
    """Tokens of a user of its own for each test, so that none signs another out."""
    name = f"events-{uuid.uuid4().hex[:12]}"
    cognito.admin_create_user(UserPoolId=POOL, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=POOL, Username=name, Password=PASSWORD, Permanent=True)
    answer = cognito.initiate_auth(
        ClientId=CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )
    yield answer["AuthenticationResult"] | {"name": name}


def covers(*names):
    """Marks a test as the one that says what these files do."""
    assert all((EVENTS / f"{name}.json").exists() for name in names), names
    return lambda test: test
