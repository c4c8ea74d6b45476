"""The operations that the benchmark measures, each as it comes in real use, and the budget that the design sets.

A scenario prepares what the operation needs and returns the call to be measured.
"""

import http.client
import json
import re
import time
import tomllib
import urllib.parse
import uuid
from dataclasses import dataclass

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pycognito.aws_srp import AWSSRP

from .config import CLIENT_ID, PASSWORD, POOL_ID, REGION, ROOT, USERNAME, StackError

CALLBACK = "http://localhost:3999/callback"
TARGET = "AWSCognitoIdentityProviderService"


class Caller:
    """Calls operations over one connection with as little work of its own as possible."""

    # What names of new users end in.
    suffix = ""

    def __init__(self, stack, direct, pool_id=POOL_ID, client_id=CLIENT_ID, username=USERNAME):
        self.stack = stack
        self.direct = direct
        self.pool_id, self.client_id, self.username = pool_id, client_id, username
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
        response, text = self.exchange(method, path, data, headers)
        seconds = time.perf_counter() - begin
        if response.status != 200:
            raise StackError(f"{method} {path} answered {response.status}: {text.decode(errors='replace')}")
        return seconds, json.loads(text)

    def exchange(self, method, path, data=None, headers=None):
        """One request, whatever comes of it: the answer and its body."""
        self.connection.request(method, path, data, headers or {})
        response = self.connection.getresponse()
        return response, response.read()

    def do(self, operation, **body):
        """Calls an operation that is not the one to be measured."""
        return self.call(operation, body)()[1]


def _new_user(caller):
    return {
        "ClientId": caller.client_id,
        "Username": f"bench-{uuid.uuid4().hex[:12]}{caller.suffix}",
        "Password": PASSWORD,
        "UserAttributes": [{"Name": "email", "Value": f"{uuid.uuid4().hex}@example.com"}],
    }


def sign_up(caller):
    return caller.call("SignUp", _new_user(caller))


def admin_confirm(caller):
    user = _new_user(caller)
    caller.do("SignUp", **user)
    return caller.call("AdminConfirmSignUp", {"UserPoolId": caller.pool_id, "Username": user["Username"]})


def password(caller):
    return caller.call(
        "InitiateAuth",
        {
            "ClientId": caller.client_id,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": caller.username, "PASSWORD": PASSWORD},
        },
    )


def _tokens(caller):
    return password(caller)()[1]["AuthenticationResult"]


def _srp(caller):
    # The client's own look-ups are never made: the network goes through the caller.
    return AWSSRP(caller.username, PASSWORD, caller.pool_id, caller.client_id, client=object())


def _srp_start(caller, srp):
    return caller.call(
        "InitiateAuth", {"ClientId": caller.client_id, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": srp.get_auth_params()}
    )


def srp_start(caller):
    return _srp_start(caller, _srp(caller))


def srp_finish(caller):
    srp = _srp(caller)
    challenge = _srp_start(caller, srp)()[1]
    answers = srp.process_challenge(challenge["ChallengeParameters"], srp.get_auth_params())
    return caller.call(
        "RespondToAuthChallenge",
        {"ClientId": caller.client_id, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": answers},
    )


def refresh(caller):
    token = _tokens(caller)["RefreshToken"]
    return caller.call("GetTokensFromRefreshToken", {"ClientId": caller.client_id, "RefreshToken": token})


def refresh_auth(caller):
    parameters = {"REFRESH_TOKEN": _tokens(caller)["RefreshToken"]}
    body = {"ClientId": caller.client_id, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters}
    return caller.call("InitiateAuth", body)


def get_user(caller):
    return caller.call("GetUser", {"AccessToken": _tokens(caller)["AccessToken"]})


def revoke(caller):
    return caller.call("RevokeToken", {"ClientId": caller.client_id, "Token": _tokens(caller)["RefreshToken"]})


def sign_out(caller):
    return caller.call("GlobalSignOut", {"AccessToken": _tokens(caller)["AccessToken"]})


def admin_get_user(caller):
    return caller.call("AdminGetUser", {"UserPoolId": caller.pool_id, "Username": caller.username})


def list_users(caller):
    return caller.call("ListUsers", {"UserPoolId": caller.pool_id, "Limit": 20})


def jwks(caller):
    return lambda: caller.send("GET", f"/{caller.pool_id}/.well-known/jwks.json")


def discovery(caller):
    return lambda: caller.send("GET", f"/{caller.pool_id}/.well-known/openid-configuration")


def _form(caller, fields):
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return lambda: caller.send("POST", "/oauth2/token", urllib.parse.urlencode(fields).encode(), headers)


def _oauth_client(caller, name, **settings):
    """A client for the OAuth endpoints, made once for each caller."""
    known = caller.__dict__.setdefault("oauth_clients", {})
    if name not in known:
        settings |= {"UserPoolId": caller.pool_id, "ClientName": name, "AllowedOAuthFlowsUserPoolClient": True}
        known[name] = caller.do("CreateUserPoolClient", **settings)["UserPoolClient"]
    return known[name]


def client_credentials(caller):
    if "server" not in caller.__dict__:
        caller.server = f"https://bench.example/{uuid.uuid4().hex}"
        scopes = [{"ScopeName": "read", "ScopeDescription": "read"}]
        server = {"Identifier": caller.server, "Name": "bench", "Scopes": scopes}
        caller.do("CreateResourceServer", UserPoolId=caller.pool_id, **server)
    scope = f"{caller.server}/read"
    client = _oauth_client(
        caller,
        "machine",
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[scope],
    )
    secret = {"client_id": client["ClientId"], "client_secret": client["ClientSecret"]}
    return _form(caller, {"grant_type": "client_credentials", "scope": scope, **secret})


def code_exchange(caller):
    """The code comes from the sign-in page, as a browser would get it."""
    settings = {"AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"], "CallbackURLs": [CALLBACK]}
    client = _oauth_client(caller, "relying party", SupportedIdentityProviders=["COGNITO"], **settings)
    asked = {"client_id": client["ClientId"], "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
    path = f"/login?{urllib.parse.urlencode(asked)}"
    response, page = caller.exchange("GET", path)
    cookies = "; ".join(line.split(";")[0] for line in response.headers.get_all("set-cookie"))
    csrf = re.search(rb'name="csrf" value="([^"]+)"', page)[1].decode()
    form = urllib.parse.urlencode({"csrf": csrf, "username": caller.username, "password": PASSWORD})
    headers = {"content-type": "application/x-www-form-urlencoded", "cookie": cookies}
    response, _ = caller.exchange("POST", path, form.encode(), headers)
    answer = urllib.parse.parse_qs(urllib.parse.urlsplit(response.headers["location"]).query)
    redeemed = {"client_id": client["ClientId"], "redirect_uri": CALLBACK, "code": answer["code"][0]}
    return _form(caller, {"grant_type": "authorization_code", **redeemed})


@dataclass(frozen=True)
class Scenario:
    """One row of the table; `budget` is the most AWS calls in sequence, where the design sets one."""

    name: str
    prepare: object
    budget: int | None = None
    # Why it takes more, where it is known and meant.
    because: str = ""


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
    Scenario("code exchange", code_exchange, 2, "the ID token names the access token (`at_hash`), so it is signed last"),
    Scenario("client_credentials", client_credentials, 1),
    Scenario("AdminGetUser", admin_get_user),
    Scenario("ListUsers", list_users),
    Scenario("JWKS", jwks, 0),
    Scenario("openid-configuration", discovery, 0),
]
