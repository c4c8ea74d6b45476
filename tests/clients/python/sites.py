"""Pools with pages and OAuth clients for tests that go through every endpoint, and requests that are held back."""

import base64
import json
import os
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from botocore import UNSIGNED
from botocore.config import Config
from browser import OAUTH, Browser, Relying, basic
from conftest import Mailbox, boto_client
from event_support import load
from every_operation import SITE, World
from mfa_support import ALL_FACTORS, require
from oauth_support import MACHINE, READ, add_api, count_entries_anew, post, tag
from support import ALL_FLOWS, PASSWORD, App
from test_confirm_user import BY_LINK

PASSKEYS = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}}


@dataclass(frozen=True)
class Sent:
    """A request as it goes over the wire."""

    method: str
    path: str
    query: str = ""
    body: bytes | None = None
    headers: dict = field(default_factory=dict)
    cookies: tuple = ()

    def event(self):
        """What API Gateway makes of it."""
        event = load("oauth-token/unknown-client")
        usual = {name: event["headers"][name] for name in ("host", "user-agent", "x-forwarded-proto")}
        event |= {"headers": usual | self.headers, "rawPath": self.path, "rawQueryString": self.query}
        event |= {"body": base64.b64encode(self.body or b"").decode(), "isBase64Encoded": True}
        if self.cookies:
            event["cookies"] = list(self.cookies)
        # Each from a network of its own, since some tries are counted by network.
        address = f"10.{'.'.join(str(secrets.randbelow(256)) for _ in range(3))}"
        event["requestContext"]["http"] |= {"method": self.method, "path": self.path, "sourceIp": address}
        return event


class Held(Browser):
    """A browser that shows what it would send."""

    @classmethod
    def of(cls, browser):
        return cls(browser.endpoint, browser.cookies, browser.headers)

    def send(self, method, path, body=None, headers=None):
        given, body = self.worded(body, headers)
        given = {name.lower(): value for name, value in given.items() if name != "Host"}
        cookies = tuple(f"{name}={value}" for name, value in self.cookies.items())
        target = urlsplit(path)
        return Sent(method, target.path, target.query, body and body.encode(), given, cookies)


class Sites:
    """Pools with pages, made when they are first needed."""

    def __init__(self):
        self.cognito, self.anonymous = boto_client(), boto_client(config=Config(signature_version=UNSIGNED))
        self.mailbox, self.made = Mailbox(), {}
        self.endpoint = os.environ["GATEHOUSE_ENDPOINT"]

    def app(self, name, pool, **client):
        """The pool of this name and a client of it."""
        if name not in self.made:
            made = self.cognito.create_user_pool(PoolName=World.unique(name), **{"AutoVerifiedAttributes": ["email"]} | pool)
            pool = made["UserPool"]
            settings = {"ExplicitAuthFlows": ALL_FLOWS} | OAUTH | client
            made = self.cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="app", **settings)
            self.made[name] = App(pool, made["UserPoolClient"], self.cognito, self.anonymous, World.unique)
        return self.made[name]

    @property
    def plain(self):
        is_new = "plain" not in self.made
        app = self.app("plain", {"AliasAttributes": ["email"]})
        if is_new:
            require(app, "OPTIONAL")
            add_api(app)
            tag(app, everyone="introspection par dpop device-code")
            self.cognito.update_user_pool(UserPoolId=app.pool_id, DcrConfiguration={"AllowedScopes": [READ]}, **kept(app))
        return app

    @property
    def links(self):
        return self.app("links", BY_LINK)

    @property
    def passkeys(self):
        is_new = "passkeys" not in self.made
        app = self.app("passkeys", PASSKEYS)
        if is_new:
            party = {"RelyingPartyId": SITE, "UserVerification": "preferred"}
            self.cognito.set_user_pool_mfa_config(
                UserPoolId=app.pool_id, MfaConfiguration="OFF", WebAuthnConfiguration=party, **ALL_FACTORS
            )
        return app

    @property
    def strict(self):
        is_new = "strict" not in self.made
        app = self.app("strict", {})
        if is_new:
            require(app, "ON")
        return app

    def relying(self, app=None):
        return Relying(app or self.plain, Browser(self.endpoint))

    def signed_in(self, app=None):
        """An application whose user's browser is signed in."""
        relying = self.relying(app)
        page = relying.sign_in_page()
        name = {"username": self.user(relying.app)}
        if app is self.passkeys:
            page, name = relying.browser.submit(page, 0, **name), {}
        page = relying.browser.submit(page, 0, password=PASSWORD, **name)
        assert page.status == 303, page.text
        return relying

    def user(self, app=None):
        name = World.unique("user")
        return (app or self.plain).user(name, email=f"{name}@example.com", email_verified="true")

    def code(self, name):
        return self.mailbox(f"{name}@example.com")

    def tokens(self, headers=None, relying=None):
        """Tokens of the token endpoint."""
        relying = relying or self.relying()
        code = relying.code(self.user(relying.app), PASSWORD)
        return json.loads(relying.redeem(code, headers).body)

    def client(self, **settings):
        """A client with a secret."""
        made = self.cognito.create_user_pool_client(
            UserPoolId=self.plain.pool_id, ClientName="more", **{"GenerateSecret": True} | settings
        )
        return made["UserPoolClient"]

    def machine(self, *scopes):
        """The credentials of a client that signs nobody in."""
        flows = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"]
        made = self.client(**MACHINE, ExplicitAuthFlows=flows, AllowedOAuthScopes=list(scopes) or [READ])
        return basic(made["ClientId"], made["ClientSecret"])

    def form(self, path, form, headers=None):
        return Held(self.endpoint).send("POST", path, form, headers)

    def device(self):
        """What a new device is told, and the page for its user."""
        form = {"client_id": self.plain.client_id, "scope": "openid email"}
        told = json.loads(post(self.endpoint, "/oauth2/device_authorization", form).body)
        browser = Browser(self.endpoint)
        return told, browser, browser.get("/device")

    def question(self):
        """A device, and the page on which its user decides."""
        count_entries_anew()
        told, browser, page = self.device()
        page = browser.follow(browser.follow(browser.submit(page, user_code=told["user_code"])))
        page = browser.submit(page, username=self.user(), password=PASSWORD)
        return told, browser, browser.follow(page)


def kept(app):
    """What an update of the pool would otherwise take away."""
    pool = app.cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]
    return {"AutoVerifiedAttributes": ["email"], "UserPoolTags": pool["UserPoolTags"], "MfaConfiguration": "OPTIONAL"}
