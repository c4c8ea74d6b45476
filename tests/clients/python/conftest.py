"""What the tests share: clients of the running stack, pools of their own, the mailbox.

The stack's addresses and keys come from the environment, as `make test` or .dev/env sets it. Tests run in several
processes at once: whoever counts, deletes or locks out makes a pool of its own and unique names.
"""

import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[3]
NODE_CLIENTS = ROOT / "tests" / "clients" / "node"
TARGET = "AWSCognitoIdentityProviderService"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def setting(name):
    """One address or key of the running stack."""
    value = os.environ.get(name)
    if value is None:
        pytest.fail(f"{name} is not set: run `make test`, or `source .dev/env` beside a running `make dev`")
    return value


def boto_client(**options):
    """A stock client. It does not try again: a test wants to see the first answer."""
    config = Config(proxies={}, read_timeout=30, retries={"total_max_attempts": 1}).merge(
        options.pop("config", Config())
    )
    options.setdefault("endpoint_url", setting("GATEHOUSE_ENDPOINT"))
    return boto3.session.Session().client(
        "cognito-idp", region_name=setting("AWS_REGION"), config=config,
        **options,
    )  # fmt: skip


@pytest.fixture(scope="session")
def cognito():
    """A client with the development key, which may do everything."""
    return boto_client()


@pytest.fixture(scope="session")
def anonymous():
    """A client that signs nothing: what an app has."""
    return boto_client(config=Config(signature_version=UNSIGNED))


@pytest.fixture(scope="session")
def client_with_key():
    """A function: a client with another access key."""

    def make(access_key_id, secret_access_key, **options):
        return boto_client(aws_access_key_id=access_key_id, aws_secret_access_key=secret_access_key, **options)

    return make


@pytest.fixture(scope="session")
def endpoint():
    """The address of the running stack."""
    return setting("GATEHOUSE_ENDPOINT")


@pytest.fixture(scope="session")
def pool_id():
    """The demo pool, shared by all tests: make one of your own to count or to configure."""
    return setting("GATEHOUSE_USER_POOL_ID")


@pytest.fixture(scope="session")
def client_id():
    """The demo pool's client, without a secret."""
    return setting("GATEHOUSE_CLIENT_ID")


@pytest.fixture(scope="session")
def unique():
    """A function: a name that no other test has, beginning with what is given."""
    return lambda prefix="user": f"{prefix}-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def make_pool(cognito, unique):
    """A function: creates a pool and returns it as the service describes it; it goes when the test ends."""
    made = []

    def make(**settings):
        settings.setdefault("PoolName", unique("pool"))
        pool = cognito.create_user_pool(**settings)["UserPool"]
        made.append(pool["Id"])
        return pool

    yield make
    for identifier in made:
        try:
            cognito.delete_user_pool(UserPoolId=identifier)
        except cognito.exceptions.ResourceNotFoundException:
            pass  # The test has deleted it itself.


@pytest.fixture
def make_client(cognito, unique):
    """A function: creates a client in a pool (an id, or what `make_pool` returned) and returns it as described.

    Every sign-in of an app is allowed unless `ExplicitAuthFlows` says otherwise. It goes with its pool.
    """

    def make(pool, **settings):
        settings.setdefault("ClientName", unique("client"))
        settings.setdefault(
            "ExplicitAuthFlows",
            ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        identifier = pool if isinstance(pool, str) else pool["Id"]
        return cognito.create_user_pool_client(UserPoolId=identifier, **settings)["UserPoolClient"]

    return make


class Mailbox:
    """Called with an address it waits for mail or SMS to it and returns the code; `messages` are all, newest first."""

    def __call__(self, to, count=1, seconds=15):
        """The code of the newest message to `to`, once there are at least `count` with a code."""
        deadline = time.monotonic() + seconds
        while True:
            codes = [found["code"] for found in self.messages(to) if found["code"]]
            if len(codes) >= count:
                return codes[0]
            if time.monotonic() > deadline:
                pytest.fail(f"{len(codes)} of {count} code(s) were sent to {to} within {seconds} s")
            time.sleep(0.1)

    def messages(self, to):
        url = f"{setting('GATEHOUSE_MAILBOX_URL')}/?{urllib.parse.urlencode({'to': to})}"
        with _OPENER.open(url, timeout=30) as response:
            return json.load(response)


@pytest.fixture(scope="session")
def mailbox():
    """The mailbox, see `Mailbox`."""
    return Mailbox()


@dataclass
class Answer:
    """An HTTP answer: its status, headers in lower case, its body's text."""

    status: int
    headers: dict
    text: str

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def error(self):
        """The short name of the error that the body tells."""
        return self.json["__type"].rsplit("#")[-1]


@pytest.fixture(scope="session")
def http(endpoint):
    """A function: sends an HTTP request as it is to a path of the stack; every status is an answer."""

    def send(method, path, body=None, headers=None):
        request = urllib.request.Request(endpoint + path, body, headers or {}, method=method)
        try:
            with _OPENER.open(request, timeout=30) as response:
                return _answer(response)
        except urllib.error.HTTPError as error:
            return _answer(error)

    return send


def _answer(response):
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, response.read().decode())


@pytest.fixture(scope="session")
def call(http):
    """A function: an unsigned call of an operation with any body, which stock clients would not send."""

    def send(operation, body, path="/", headers=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        defaults = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"{TARGET}.{operation}"}
        return http("POST", path, data, defaults | (headers or {}))

    return send


class CommandError(Exception):
    """A command that failed, with what it wrote to its standard error."""


@pytest.fixture(scope="session")
def aws_cli(tmp_path_factory):
    """A function: runs `aws cognito-idp …` and returns its parsed answer; raises CommandError when it fails."""
    home = tmp_path_factory.mktemp("aws")

    def run(*arguments, anonymous=False):
        command = [ROOT / ".venv" / "bin" / "aws", "cognito-idp", *arguments, "--output", "json"]
        command += ["--no-sign-request"] if anonymous else []
        return _run(command, cwd=home, environment=os.environ | {"HOME": str(home), "AWS_MAX_ATTEMPTS": "1"})

    return run


@pytest.fixture(scope="session")
def node():
    """A function: runs an ES module's text where the Node clients are installed; its output is parsed as JSON."""

    def run(source, *arguments, **environment):
        command = ["node", "--input-type=module", "--eval", source, "--", *arguments]
        return _run(command, cwd=NODE_CLIENTS, environment=os.environ | environment)

    return run


def _run(command, cwd, environment):
    done = subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )
    if done.returncode != 0:
        raise CommandError(done.stderr or done.stdout)
    return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture(scope="session")
def command_error():
    """The exception that `aws_cli` and `node` raise."""
    return CommandError
