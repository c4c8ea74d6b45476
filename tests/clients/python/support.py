"""An application as the tests see it: a pool of its own, a client, and the calls that apps and their operators make."""

import base64
import hashlib
import hmac
import json
import os
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP

PASSWORD = "Correct-Horse-7"
OTHER_PASSWORD = "Battery-Staple-8"
TEMPORARY = "Temporary-Pass-1"
# The tag by which a pool names custom attributes to search by.
SEARCHABLE = "gatehouse:searchable"
# What a client needs for every way of signing in that an app or its back end can choose.
ALL_FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]


@contextmanager
def refused(error, message=None):
    """What is done inside must be refused with this error, in these words where they are given."""
    with pytest.raises(ClientError) as caught:
        yield caught
    details = caught.value.response["Error"]
    assert details["Code"] == error, details
    if message is not None:
        assert details["Message"] == message
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def refusal(action, *arguments, **keywords):
    """The error and the message with which a call is refused; None where it succeeds."""
    try:
        action(*arguments, **keywords)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return None


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def claims(token):
    """What a token says; its signature is another test's business."""
    return decoded(token.split(".")[1])


def header(token):
    return decoded(token.split(".")[0])


def local_aws(service):
    """A client of the AWS behind the functions."""
    return boto3.client(
        service,
        endpoint_url=os.environ["GATEHOUSE_LOCAL_AWS"],
        region_name=os.environ["AWS_REGION"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(proxies={}),
    )


def serve_documents(document):
    """A server on this machine that answers every GET with the JSON of `document(path)`."""

    class Documents(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(document(self.path)).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Documents)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def invoke(function, payload):
    """What an operator does with a function that no path leads to."""
    url = f"{os.environ['GATEHOUSE_FUNCTIONS_URL']}/2015-03-31/functions/{function}/invocations"
    request = urllib.request.Request(url, json.dumps(payload).encode(), {"content-type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as response:
        return json.load(response)


def attributes(found, key="UserAttributes"):
    """The attributes of an answer, by name."""
    return {attribute["Name"]: attribute["Value"] for attribute in found[key]}


def named(values):
    """Attributes as requests carry them."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


@dataclass
class App:
    """A pool and a client, with what an app does to them."""

    pool: dict
    client: dict
    cognito: object
    anonymous: object
    unique: object

    @property
    def pool_id(self):
        return self.pool["Id"]

    @property
    def client_id(self):
        return self.client["ClientId"]

    @property
    def secret(self):
        return self.client.get("ClientSecret")

    def secret_hash(self, name):
        """The SECRET_HASH of a client with a secret, as AWS documents it."""
        digest = hmac.new(self.secret.encode(), (name + self.client_id).encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def _proof(self, name):
        return {"SecretHash": self.secret_hash(name)} if self.secret else {}

    def sign_up(self, name=None, password=PASSWORD, attributes=None, **more):
        """Signs up, by default under a new name with an address of that name; returns the name."""
        name = name or self.unique("user")
        attributes = {"email": f"{name}@example.com"} if attributes is None else attributes
        self.sign_up_answer = self.anonymous.sign_up(
            ClientId=self.client_id,
            Username=name,
            Password=password,
            UserAttributes=named(attributes),
            **self._proof(name) | more,
        )
        return name

    def confirm(self, name, code, **more):
        more = self._proof(name) | more
        return self.anonymous.confirm_sign_up(
            ClientId=self.client_id, Username=name, ConfirmationCode=code, **more
        )

    def resend(self, name, **more):
        more = self._proof(name) | more
        return self.anonymous.resend_confirmation_code(ClientId=self.client_id, Username=name, **more)

    def user(self, username=None, password=PASSWORD, /, **attributes):
        """A confirmed user with a lasting password, made by an administrator; returns the user name."""
        username = username or self.unique("user")
        self.cognito.admin_create_user(
            UserPoolId=self.pool_id, Username=username, MessageAction="SUPPRESS", UserAttributes=named(attributes)
        )
        self.set_password(username, password)
        return username

    def invited(self, username=None, password=TEMPORARY, /, **attributes):
        """A user with a temporary password; returns the user name."""
        username = username or self.unique("user")
        self.cognito.admin_create_user(
            UserPoolId=self.pool_id,
            Username=username,
            MessageAction="SUPPRESS",
            TemporaryPassword=password,
            UserAttributes=named(attributes),
        )
        return username

    def set_password(self, name, password, permanent=True):
        return self.cognito.admin_set_user_password(
            UserPoolId=self.pool_id, Username=name, Password=password, Permanent=permanent
        )

    def get(self, name):
        return self.cognito.admin_get_user(UserPoolId=self.pool_id, Username=name)

    def initiate(self, flow="USER_PASSWORD_AUTH", **parameters):
        """InitiateAuth, with the SECRET_HASH of the given name where the client has a secret."""
        if self.secret and "USERNAME" in parameters and "SECRET_HASH" not in parameters:
            parameters["SECRET_HASH"] = self.secret_hash(parameters["USERNAME"])
        return self.anonymous.initiate_auth(ClientId=self.client_id, AuthFlow=flow, AuthParameters=parameters)

    def initiate_with(self, session, name):
        """USER_AUTH that goes on from ConfirmSignUp."""
        return self.anonymous.initiate_auth(
            ClientId=self.client_id, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": name}, Session=session
        )

    def password_auth(self, name, password=PASSWORD):
        return self.initiate(USERNAME=name, PASSWORD=password)

    def admin_initiate(self, flow="ADMIN_USER_PASSWORD_AUTH", **parameters):
        return self.cognito.admin_initiate_auth(
            UserPoolId=self.pool_id, ClientId=self.client_id, AuthFlow=flow, AuthParameters=parameters
        )

    def tokens(self, name, password=PASSWORD):
        """Signs in by password; returns the tokens."""
        return self.password_auth(name, password)["AuthenticationResult"]

    def srp(self, name, password=PASSWORD):
        """pycognito's half of SRP, not begun."""
        return AWSSRP(
            name, password, self.pool_id, self.client_id, client=self.anonymous, client_secret=self.secret
        )

    def srp_auth(self, name, password=PASSWORD):
        """Signs in by SRP; returns the tokens."""
        return self.srp(name, password).authenticate_user()["AuthenticationResult"]

    def srp_begun(self, name, password=PASSWORD):
        """The challenge of an SRP sign-in, and the right answers to it."""
        srp = self.srp(name, password)
        parameters = srp.get_auth_params()
        challenge = self.initiate("USER_SRP_AUTH", **parameters)
        return challenge, srp.process_challenge(challenge["ChallengeParameters"], parameters)

    def respond(self, challenge, session=None, **responses):
        more = {"Session": session} if session else {}
        return self.anonymous.respond_to_auth_challenge(
            ClientId=self.client_id, ChallengeName=challenge, ChallengeResponses=responses, **more
        )

    def refresh(self, token):
        """New tokens by GetTokensFromRefreshToken."""
        more = {"ClientSecret": self.secret} if self.secret else {}
        answer = self.anonymous.get_tokens_from_refresh_token(
            ClientId=self.client_id, RefreshToken=token, **more
        )
        return answer["AuthenticationResult"]

    def me(self, access_token):
        return self.anonymous.get_user(AccessToken=access_token)

    def update(self, access_token, values):
        """UpdateUserAttributes; returns where codes went."""
        answer = self.anonymous.update_user_attributes(AccessToken=access_token, UserAttributes=named(values))
        return answer["CodeDeliveryDetailsList"]

    def ask_code(self, access_token, attribute="email"):
        answer = self.anonymous.get_user_attribute_verification_code(
            AccessToken=access_token, AttributeName=attribute
        )
        return answer["CodeDeliveryDetails"]

    def verify(self, access_token, code, attribute="email"):
        return self.anonymous.verify_user_attribute(
            AccessToken=access_token, AttributeName=attribute, Code=code
        )

    def change_password(self, access_token, previous=PASSWORD, proposed=OTHER_PASSWORD):
        return self.anonymous.change_password(
            AccessToken=access_token, PreviousPassword=previous, ProposedPassword=proposed
        )

    def forgot(self, name, **more):
        answer = self.anonymous.forgot_password(
            ClientId=self.client_id, Username=name, **self._proof(name) | more
        )
        return answer["CodeDeliveryDetails"]

    def confirm_forgot(self, name, code, password=OTHER_PASSWORD, **more):
        return self.anonymous.confirm_forgot_password(
            ClientId=self.client_id,
            Username=name,
            ConfirmationCode=code,
            Password=password,
            **self._proof(name) | more,
        )

    def administer(self, operation, name, **more):
        """An administrator's operation on a user."""
        return getattr(self.cognito, operation)(UserPoolId=self.pool_id, Username=name, **more)

    def admin_update(self, name, values):
        return self.administer("admin_update_user_attributes", name, UserAttributes=named(values))

    def create_group(self, name=None, **more):
        """A new group; returns its name."""
        name = name or self.unique("group")
        self.cognito.create_group(UserPoolId=self.pool_id, GroupName=name, **more)
        return name

    def join(self, name, group):
        self.administer("admin_add_user_to_group", name, GroupName=group)

    def groups_of(self, name):
        found = self.administer("admin_list_groups_for_user", name)["Groups"]
        return [group["GroupName"] for group in found]

    def members_of(self, group):
        found = self.cognito.list_users_in_group(UserPoolId=self.pool_id, GroupName=group)["Users"]
        return [user["Username"] for user in found]

    def beside(self, client):
        """The same pool by another of its clients."""
        return App(self.pool, client, self.cognito, self.anonymous, self.unique)


def wrong(code):
    """Another code than this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def at_once(*actions):
    """Does all of it at the same time; returns each one's refusal, None for what succeeded."""
    with ThreadPoolExecutor(len(actions)) as pool:
        return [done.result() for done in [pool.submit(refusal, action) for action in actions]]


@pytest.fixture(scope="session")
def table():
    """The table behind the functions, for what only time or an accident would bring about."""
    dynamodb = boto3.resource(
        "dynamodb",
        endpoint_url=os.environ["GATEHOUSE_LOCAL_AWS"],
        region_name=os.environ["AWS_REGION"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(proxies={}),
    )
    return dynamodb.Table(os.environ["GATEHOUSE_TABLE"])


def expire_code(table, app, name, purpose):
    """Lets the time of a user's pending code run out."""
    table.update_item(
        Key={"PK": f"USER#{app.pool_id}#{name}", "SK": f"CODE#{purpose}"},
        UpdateExpression="SET valid_until = :past",
        ConditionExpression="attribute_exists(PK)",
        ExpressionAttributeValues={":past": 1},
    )


@pytest.fixture(scope="session")
def unchecked(client_with_key):
    """A client with the development key that lets every request through: the service has to refuse it."""
    key = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    return client_with_key(*key, config=Config(parameter_validation=False))


@pytest.fixture
def make_app(make_pool, make_client, cognito, anonymous, unique):
    """A function: a new pool with `pool` as its settings and a client with the others, as an `App`."""

    def make(pool=None, **client):
        made = make_pool(**{"AutoVerifiedAttributes": ["email"]} | (pool or {}))
        client.setdefault("ExplicitAuthFlows", ALL_FLOWS)
        return App(made, make_client(made, **client), cognito, anonymous, unique)

    return make
