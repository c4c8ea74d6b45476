"""Users who come from elsewhere: our own function for user migration, from a pool and from a server.

The pool that stands for Amazon Cognito is a second one of Gatehouse's; the function reaches it by Cognito's API alone.
"""

import base64
import hashlib
import hmac
import json
import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from event_support import covers, invoke, load
from mfa_support import prefer, register, require
from support import OTHER_PASSWORD, PASSWORD, attributes, claims, make_app, refused
from trigger_support import lambda_config, make_binary

SCHEMA = {"Schema": [{"Name": "plan", "AttributeDataType": "String", "Mutable": True}]}
KEY = os.urandom(32)
WRONG = "UserMigration failed with error Incorrect username or password.."


@pytest.fixture
def moving(make_app, make_binary, endpoint):
    """A function: the pool that users leave and the pool that they come to, as two `App`s."""

    def make(pool=None, client=None, **variables):
        old = make_app(SCHEMA | {"AliasAttributes": ["email"]}, GenerateSecret=True)
        function = make_binary(
            "user-migration",
            MIGRATION_POOL=old.pool_id,
            MIGRATION_CLIENT=old.client_id,
            MIGRATION_CLIENT_SECRET=old.secret,
            MIGRATION_ENDPOINT=endpoint,
            AWS_ACCESS_KEY_ID=os.environ["AWS_ACCESS_KEY_ID"],
            AWS_SECRET_ACCESS_KEY=os.environ["AWS_SECRET_ACCESS_KEY"],
            **variables,
        )
        config = SCHEMA | {"AliasAttributes": ["email"], "LambdaConfig": lambda_config(function, "UserMigration")}
        return old, make_app(config | (pool or {}), **(client or {}))

    return make


def test_a_user_of_another_pool_comes_at_the_first_sign_in_and_nobody_is_asked_again(moving):
    old, new = moving()
    email = f"{old.unique('ann')}@example.com"
    name = old.user(email=email, email_verified="true", **{"custom:plan": "gold"})
    for group in ("staff", "long-gone"):
        old.create_group(group)
        old.join(name, group)
    new.create_group("staff")
    with refused("UserLambdaValidationException", WRONG):
        new.tokens(name, "Wrong-Guess-0")
    with refused("UserNotFoundException"):
        new.tokens(old.unique("nobody"))
    with refused("UserNotFoundException"):
        new.get(name)

    # By an alias, so the name has to come along.
    told = claims(new.tokens(email)["IdToken"])
    assert (told["cognito:username"], told["email"], told["email_verified"]) == (name, email, True)
    assert (told["custom:plan"], told["cognito:groups"]) == ("gold", ["staff"])
    user = new.get(name)
    assert user["UserStatus"] == "CONFIRMED"
    assert attributes(user)["sub"] != attributes(old.get(name))["sub"]
    assert new.groups_of(name) == ["staff"] and new.members_of("staff") == [name]

    # The other pool is no more: whoever came is here, by every way of signing in.
    old.cognito.delete_user_pool(UserPoolId=old.pool_id)
    assert claims(new.tokens(name)["IdToken"])["cognito:groups"] == ["staff"]
    assert new.tokens(email) and new.srp_auth(name)


def test_where_a_client_hides_who_exists_a_wrong_password_tells_nothing(moving):
    old, new = moving(client={"PreventUserExistenceErrors": "ENABLED"})
    name, here = old.user(), new.user()
    for who in (name, here, old.unique("nobody")):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            new.tokens(who, "Wrong-Guess-0")


def test_a_forgotten_password_brings_a_user_of_another_pool(moving, mailbox):
    old, new = moving()
    email = f"{old.unique('bob')}@example.com"
    name = old.user(email=email, email_verified="true")
    new.forgot(name)
    assert new.get(name)["UserStatus"] == "RESET_REQUIRED"
    # The password from before was shown to nobody, so it is none here.
    with refused("NotAuthorizedException", "Incorrect username or password."):
        new.tokens(name)
    new.confirm_forgot(name, mailbox(email))
    assert new.tokens(name, OTHER_PASSWORD)
    assert old.tokens(name)


def test_who_may_not_sign_in_there_does_not_come_here(moving):
    old, new = moving()
    disabled = old.user()
    old.administer("admin_disable_user", disabled)
    with refused("UserLambdaValidationException", WRONG):
        new.tokens(disabled)
    unconfirmed = old.sign_up()
    with refused("UserNotFoundException"):
        new.tokens(unconfirmed)
    for name in (disabled, unconfirmed):
        with refused("UserNotFoundException"):
            new.forgot(name)
        with refused("UserNotFoundException"):
            new.get(name)
    # A temporary password lets nobody in: another one has to be set first.
    invited = old.invited(email=f"{old.unique('carol')}@example.com", email_verified="true")
    with refused("PasswordResetRequiredException"):
        new.tokens(invited, "Temporary-Pass-1")


@pytest.mark.parametrize("what", ["reset", "drop"])
def test_a_second_factor_that_cannot_come_along_is_not_forgotten(moving, what):
    old, new = moving(MIGRATION_SECOND_FACTORS=what, MIGRATION_ATTRIBUTES="email,email_verified")
    require(old, "OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True})
    name = old.user(email=f"{old.unique('dan')}@example.com", email_verified="true", **{"custom:plan": "gold"})
    access = old.tokens(name)["AccessToken"]
    register(old, access)
    prefer(old, access, software_token=(True, True))
    if what == "drop":
        assert "custom:plan" not in claims(new.tokens(name)["IdToken"])
    else:
        with refused("PasswordResetRequiredException"):
            new.tokens(name)


class Users(BaseHTTPRequestHandler):
    """A server that knows users, by docs/TRIGGERS.md's contract and the signature of Standard Webhooks."""

    known = {}
    asked = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.{body}".encode()
        expected = b"v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256))
        if not hmac.compare_digest(expected, self.headers["webhook-signature"].encode()):
            return self.answer(400)
        question = json.loads(body)
        self.asked.append(question)
        user = self.known.get(question["userName"])
        if user is None:
            return self.answer(404)
        if question["type"] == "user_migration.sign_in" and question["password"] != PASSWORD:
            return self.answer(401)
        return self.answer(200, user)

    def answer(self, status, body=None):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@contextmanager
def serving(known):
    """A server of these users: its address, and what it was asked."""
    handler = type("Known", (Users,), {"known": known, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/users", handler.asked
    finally:
        server.shutdown()
        server.server_close()


def secret(key):
    return "whsec_" + base64.b64encode(key).decode()


@covers("triggers-user-migration/basic", "triggers-user-migration/forgot-password")
def test_users_of_a_server_come_by_signed_requests(make_app, make_binary, mailbox, unique):
    for name in ("basic", "forgot-password"):
        nobody = invoke("triggers-user-migration", load(f"triggers-user-migration/{name}"))["response"]
        assert nobody == load("triggers-user-migration/basic")["response"]
    ann, bob = unique("ann"), unique("bob")
    known = {
        ann: {"attributes": {"email": f"{ann}@example.com"}, "groups": ["staff"]},
        bob: {"attributes": {"email": f"{bob}@example.com", "email_verified": "true"}},
        "odd": {"attributes": {"email": "odd@example.com"}, "admin": True},
    }
    with serving(known) as (url, asked):
        function = make_binary("user-migration", WEBHOOK_URL=url, WEBHOOK_SECRET=secret(KEY))
        app = make_app({"LambdaConfig": lambda_config(function, "UserMigration")})
        app.create_group("staff")
        with refused("UserLambdaValidationException", WRONG):
            app.tokens(ann, "Wrong-Guess-0")
        with refused("UserNotFoundException"):
            app.tokens(unique("nobody"))
        # An answer that is not understood in full is not obeyed in part.
        with refused("UserLambdaValidationException"):
            app.tokens("odd")
        told = claims(app.initiate(USERNAME=ann, PASSWORD=PASSWORD)["AuthenticationResult"]["IdToken"])
        assert (told["email"], told["cognito:groups"]) == (f"{ann}@example.com", ["staff"])
        assert asked[-1] == {
            "type": "user_migration.sign_in",
            "userPoolId": app.pool_id,
            "clientId": app.client_id,
            "userName": ann,
            "password": PASSWORD,
        }
        app.forgot(bob, ClientMetadata={"page": "help"})
        assert asked[-1] == {
            "type": "user_migration.forgot_password",
            "userPoolId": app.pool_id,
            "clientId": app.client_id,
            "userName": bob,
            "clientMetadata": {"page": "help"},
        }
        count = len(asked)
        assert app.tokens(ann)
        app.confirm_forgot(bob, mailbox(f"{bob}@example.com"))
        assert app.tokens(bob, OTHER_PASSWORD) and len(asked) == count

        # A server does not answer who has another secret.
        stranger = make_binary("user-migration", WEBHOOK_URL=url, WEBHOOK_SECRET=secret(os.urandom(32)))
        other = make_app({"LambdaConfig": lambda_config(stranger, "UserMigration")})
        with refused("UserLambdaValidationException"):
            other.tokens(ann)
        assert len(asked) == count
    # Nor does anybody come while it is away.
    with refused("UserLambdaValidationException"):
        app.tokens(unique("late"))
