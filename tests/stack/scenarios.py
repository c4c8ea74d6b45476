"""The operations that the benchmark measures, each as it comes in real use, and the budget that the design sets.

A scenario prepares what the operation needs and returns the call to be measured.
"""

import http.client
import json
import time
import tomllib
import uuid
from dataclasses import dataclass

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pycognito.aws_srp import AWSSRP

from .config import CLIENT_ID, PASSWORD, POOL_ID, REGION, ROOT, USERNAME, StackError

TARGET = "AWSCognitoIdentityProviderService"


class Caller:
    """Calls operations over one connection with as little work of its own as possible."""

    def __init__(self, stack, direct):
        self.stack = stack
        self.direct = direct
        self.operations = tomllib.loads((ROOT / "operations.toml").read_text())["user-pool"]
        self.connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)

    def call(self, operation, body):
        """Prepares a call; what it returns sends the request and answers (seconds, parsed answer)."""
        entry = self.operations[operation]
        path = f"/user-pool/{entry['function']}/{operation}" if self.direct else "/"
        data = json.dumps(body).encode()
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"{TARGET}.{operation}"}
        if entry["access"] == "signed":
            request = AWSRequest("POST", f"http://127.0.0.1:{self.stack.port}{path}", headers, data)
            key = Credentials(self.stack.access_key_id, self.stack.secret_access_key)
            SigV4Auth(key, "cognito-idp", REGION).add_auth(request)
            headers = dict(request.headers)
        return lambda: self.send("POST", path, data, headers)

    def send(self, method, path, data=None, headers=None):
        begin = time.perf_counter()
        self.connection.request(method, path, data, headers or {})
        response = self.connection.getresponse()
        text = response.read()
        seconds = time.perf_counter() - begin
        if response.status != 200:
            raise StackError(f"{method} {path} answered {response.status}: {text.decode(errors='replace')}")
        return seconds, json.loads(text)

    def do(self, operation, **body):
        """Calls an operation that is not the one to be measured."""
        return self.call(operation, body)()[1]


def _new_user():
    return {
        "ClientId": CLIENT_ID,
        "Username": f"bench-{uuid.uuid4().hex[:12]}",
        "Password": PASSWORD,
        "UserAttributes": [{"Name": "email", "Value": f"{uuid.uuid4().hex}@example.com"}],
    }


def sign_up(caller):
    return caller.call("SignUp", _new_user())


def admin_confirm(caller):
    user = _new_user()
    caller.do("SignUp", **user)
    return caller.call("AdminConfirmSignUp", {"UserPoolId": POOL_ID, "Username": user["Username"]})


def password(caller):
    return caller.call(
        "InitiateAuth",
        {
            "ClientId": CLIENT_ID,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": USERNAME, "PASSWORD": PASSWORD},
        },
    )


def _tokens(caller):
    return password(caller)()[1]["AuthenticationResult"]


def _srp():
    # The client's own look-ups are never made: the network goes through the caller.
    return AWSSRP(USERNAME, PASSWORD, POOL_ID, CLIENT_ID, client=object())


def _srp_start(caller, srp):
    return caller.call(
        "InitiateAuth", {"ClientId": CLIENT_ID, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": srp.get_auth_params()}
    )


def srp_start(caller):
    return _srp_start(caller, _srp())


def srp_finish(caller):
    srp = _srp()
    challenge = _srp_start(caller, srp)()[1]
    answers = srp.process_challenge(challenge["ChallengeParameters"], srp.get_auth_params())
    return caller.call(
        "RespondToAuthChallenge",
        {"ClientId": CLIENT_ID, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": answers},
    )


def refresh(caller):
    token = _tokens(caller)["RefreshToken"]
    return caller.call("GetTokensFromRefreshToken", {"ClientId": CLIENT_ID, "RefreshToken": token})


def refresh_auth(caller):
    parameters = {"REFRESH_TOKEN": _tokens(caller)["RefreshToken"]}
    body = {"ClientId": CLIENT_ID, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters}
    return caller.call("InitiateAuth", body)


def get_user(caller):
    return caller.call("GetUser", {"AccessToken": _tokens(caller)["AccessToken"]})


def revoke(caller):
    return caller.call("RevokeToken", {"ClientId": CLIENT_ID, "Token": _tokens(caller)["RefreshToken"]})


def sign_out(caller):
    return caller.call("GlobalSignOut", {"AccessToken": _tokens(caller)["AccessToken"]})


def admin_get_user(caller):
    return caller.call("AdminGetUser", {"UserPoolId": POOL_ID, "Username": USERNAME})


def list_users(caller):
    return caller.call("ListUsers", {"UserPoolId": POOL_ID, "Limit": 20})


def jwks(caller):
    return lambda: caller.send("GET", f"/{POOL_ID}/.well-known/jwks.json")


def discovery(caller):
    return lambda: caller.send("GET", f"/{POOL_ID}/.well-known/openid-configuration")


@dataclass(frozen=True)
class Scenario:
    """One row of the table; `budget` is the most AWS calls in sequence, where the design sets one."""

    name: str
    prepare: object
    budget: int | None = None


SCENARIOS = [
    Scenario("SignUp", sign_up),
    Scenario("AdminConfirmSignUp", admin_confirm),
    Scenario("InitiateAuth USER_PASSWORD_AUTH", password, 2),
    Scenario("InitiateAuth USER_SRP_AUTH", srp_start, 1),
    Scenario("RespondToAuthChallenge PASSWORD_VERIFIER", srp_finish, 2),
    Scenario("InitiateAuth REFRESH_TOKEN_AUTH", refresh_auth, 2),
    Scenario("GetTokensFromRefreshToken", refresh, 2),
    Scenario("GetUser", get_user, 1),
    Scenario("RevokeToken", revoke),
    Scenario("GlobalSignOut", sign_out),
    Scenario("AdminGetUser", admin_get_user),
    Scenario("ListUsers", list_users),
    Scenario("JWKS", jwks, 0),
    Scenario("openid-configuration", discovery, 0),
]
