"""Ports, names and keys of one stack, and the environment that each of its parts receives."""

import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
# The account of the local AWS.
ACCOUNT = "000000000000"
TABLE = "gatehouse"
SEALING_KEY = "alias/gatehouse/sealing"
IDENTITY_KEY = "alias/gatehouse/identity"
# The namespace of the functions' metrics.
METRICS = "Gatehouse/stack"
EMAIL_FROM = "no-reply@gatehouse.example"
POOL_ID = "us-east-1_Gatehouse"
CLIENT_ID = "gatehousedemo"
IDENTITY_POOL_ID = f"{REGION}:9a7e4005-e000-4000-8000-000000000001"
PHOTO_BUCKET = "gatehouse-photos"
# What tokens of the demo pool open in APIs with Gatehouse's authorizers.
# A client of the demo pool whose tokens name no session, which a test makes.
WITHOUT_SESSIONS = "gatehousesessionless"
AUTHORIZER_RULES = {
    "pools": [POOL_ID],
    "clients": [CLIENT_ID, WITHOUT_SESSIONS],
    "checkRevocation": True,
    "rules": [
        {"match": "*", "tokenUse": "any"},
        {"match": "* /photos/*", "scopes": ["aws.cognito.signin.user.admin"]},
        {"match": "* /reports/*", "scopes": ["reports/read", "reports/write"]},
        {"match": "DELETE *", "groups": ["authorizer-admins"]},
        {"match": "GET /me", "tokenUse": "id"},
        {"match": "Mutation.deletePhoto", "groups": ["authorizer-admins"]},
    ],
}
USERNAME = "demo"
PASSWORD = "Correct-Horse-7"
ACCESS_KEY_ID = "GHAKDEVELOPMENT00000"
SECRET_ACCESS_KEY = "gatehouse/development/only/not/a/secret"


class StackError(Exception):
    """Something that the person at the terminal can mend; shown without a traceback."""


@dataclass(frozen=True)
class Stack:
    """One stack: everything a part needs to know about the others."""

    port: int
    mailbox_port: int
    aws_port: int
    iam_port: int
    directory: Path
    access_key_id: str = ACCESS_KEY_ID
    secret_access_key: str = SECRET_ACCESS_KEY
    # A proxy that stands between the functions and the local AWS, where one counts.
    proxy_port: int | None = None
    # Lambda's Invoke API with ARNs, where functions call the triggers of pools.
    lambda_port: int | None = None
    # Where cargo-lambda listens, where a wiretap has the port that clients know.
    hub_port: int | None = None

    @property
    def endpoint(self):
        return f"http://localhost:{self.port}"

    @property
    def functions_url(self):
        """Base of Lambda's Invoke API, which cargo-lambda serves on the same port."""
        return f"http://127.0.0.1:{self.hub_port or self.port}"

    @property
    def lambda_url(self):
        """Where functions find Lambda's Invoke API; see lambda_api.py."""
        return f"http://127.0.0.1:{self.lambda_port}" if self.lambda_port else self.functions_url

    @property
    def mailbox_url(self):
        return f"http://localhost:{self.mailbox_port}"

    @property
    def aws_url(self):
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def iam_url(self):
        return f"http://127.0.0.1:{self.iam_port}"

    @property
    def logs(self):
        return self.directory / "logs"

    @property
    def wire(self):
        """What clients and functions said to each other, where there is a wiretap."""
        return self.directory / "wire"

    def function_environment(self):
        """What every function is configured with: template.yaml's variables, and where AWS is."""
        aws = f"http://127.0.0.1:{self.proxy_port}" if self.proxy_port else self.aws_url
        return {
            "GATEHOUSE_TABLE": TABLE,
            "GATEHOUSE_SEALING_KEY": SEALING_KEY,
            "GATEHOUSE_ISSUER_BASE": self.endpoint,
            "GATEHOUSE_IDENTITY_KEYS": IDENTITY_KEY,
            "GATEHOUSE_AUTHORIZER": json.dumps(AUTHORIZER_RULES),
            "GATEHOUSE_EMAIL_FROM": EMAIL_FROM,
            "GATEHOUSE_FUNCTION_PREFIX": "",
            "GATEHOUSE_PROVISIONED": "",
            "GATEHOUSE_TRIGGER_SECONDS": "5",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": aws,
            "AWS_ENDPOINT_URL_LAMBDA": self.lambda_url,
            "AWS_ENDPOINT_URL_IAM": self.iam_url,
            "AWS_ENDPOINT_URL_STS": self.iam_url,
            # The local AWS takes any credentials; the SDK wants some.
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            # Nothing of the developer's own AWS configuration may reach a function.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client_environment(self):
        """What a client needs: .dev/env, and the environment of tests.

        AWS_ENDPOINT_URL names Gatehouse too, so that no client falls through to another Cognito by mistake.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": self.endpoint,
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY": self.endpoint,
            # Where the credentials that identities get are good.
            "AWS_ENDPOINT_URL_S3": self.iam_url,
            "AWS_ENDPOINT_URL_STS": self.iam_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "GATEHOUSE_ENDPOINT": self.endpoint,
            "GATEHOUSE_ISSUER_BASE": self.endpoint,
            "GATEHOUSE_MAILBOX_URL": self.mailbox_url,
            "GATEHOUSE_USER_POOL_ID": POOL_ID,
            "GATEHOUSE_CLIENT_ID": CLIENT_ID,
            "GATEHOUSE_IDENTITY_POOL_ID": IDENTITY_POOL_ID,
            "GATEHOUSE_PHOTO_BUCKET": PHOTO_BUCKET,
        }

    def test_environment(self):
        """What tests need besides: the parts behind the endpoint."""
        return self.client_environment() | {
            "GATEHOUSE_LOCAL_AWS": self.aws_url,
            "GATEHOUSE_LOCAL_IAM": self.iam_url,
            "GATEHOUSE_TABLE": TABLE,
            "GATEHOUSE_FUNCTIONS_URL": self.functions_url,
            "GATEHOUSE_LAMBDA_URL": self.lambda_url,
            "GATEHOUSE_LOGS": str(self.logs),
        } | ({"GATEHOUSE_WIRE": str(self.wire)} if self.hub_port else {})


def env_file(stack):
    """The text of .dev/env, to be sourced by a shell."""
    lines = ["# Written by `make dev`: source it, and any AWS tool talks to the development stack."]
    # A session token or a profile of another account would go along with our key.
    lines.append("unset AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE")
    lines += [f"export {name}={shlex.quote(value)}" for name, value in stack.client_environment().items()]
    return "\n".join(lines) + "\n"


def base_environment():
    """The caller's environment without its AWS configuration, and with no proxy before this machine."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    for name in ("NO_PROXY", "no_proxy"):
        environment[name] = ",".join(filter(None, [environment.get(name), "localhost,127.0.0.1"]))
    environment["PATH"] = f"{tool('.venv', '').parent}{os.pathsep}{environment.get('PATH', '')}"
    return environment


def tool(venv, name):
    """The path of a program of one of the virtual environments."""
    return ROOT / venv / "bin" / name


def say(text=""):
    """Tells the person at the terminal."""
    print(text, file=sys.stderr, flush=True)
