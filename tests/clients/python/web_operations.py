"""Requests of the endpoints that write and are no operations of the API: OAuth's, and the forms of managed login."""

import json

from browser import OAUTH, Browser, Relying, basic
from conftest import setting
from every_operation import POOL, Operation, World
from oauth_support import Key, count_entries_anew, tag
from sites import Held
from support import ALL_FLOWS, OTHER_PASSWORD, PASSWORD, TEMPORARY
from test_device import GRANT, Device

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
NO_REFRESH = [flow for flow in ALL_FLOWS if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
# What a form says to a code that has done its work.
WRONG_CODE = {"error-code"}


def post(path, headers=None, **form):
    """What a server sends."""
    return Held("").send("POST", path, form, headers)


class WebWorld(World):
    """A pool whose clients sign users in by redirect and on devices, may push requests, and may register."""

    def __init__(self):
        # Without passkeys, so that the pages ask for name and password at once.
        settings = {name: value for name, value in POOL.items() if name != "Policies"}
        super().__init__(settings | {"DcrConfiguration": {"OpenDcrEnabled": True}})
        self.endpoint = setting("GATEHOUSE_ENDPOINT")
        tag(self.app, everyone="par device-code dpop")
        self.usual = self.app.beside(self.new_client(ExplicitAuthFlows=ALL_FLOWS, **OAUTH))

    def rotating(self, grace):
        """An app whose refresh tokens rotate."""
        rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
        return self.app.beside(self.new_client(ExplicitAuthFlows=NO_REFRESH, RefreshTokenRotation=rotation, **OAUTH))

    def relying(self):
        return Relying(self.usual, Browser(self.endpoint))


def new_device(w):
    count_entries_anew()
    return Device(w.relying())


def filled_in(page, browser, button=None, **fields):
    """The last form of a page as the browser would send it."""
    return Held.of(browser).submit(page, button=button, **fields)


WEB = {}


def web(name, function, already=(), **more):
    def add(request):
        WEB[name] = Operation(function, name, request, set(already), **more)
        return request

    return add


# OAuth


@web("token by code", "oauth-token", {"invalid_grant"}, once=True)
def _(w):
    relying = w.relying()
    return post(
        "/oauth2/token",
        grant_type="authorization_code",
        code=relying.code(w.user(), PASSWORD),
        client_id=w.usual.client_id,
        redirect_uri=relying.redirect_uri,
        code_verifier=relying.verifier,
    )


@web("token by device code", "oauth-token", {"invalid_grant"}, once=True)
def _(w):
    device = new_device(w)
    device.say(w.user())
    return post("/oauth2/token", grant_type=GRANT, device_code=device.told["device_code"], client_id=w.usual.client_id)


def renewal(app, name):
    token = app.tokens(name)["RefreshToken"]
    return post("/oauth2/token", grant_type="refresh_token", refresh_token=token, client_id=app.client_id)


@web("token by refresh token", "oauth-token")
def _(w):
    return renewal(w.usual, w.user())


@web("token by refresh token that rotates", "oauth-token")
def _(w):
    return renewal(w.rotating(60), w.user())


@web("token by refresh token that rotates without grace", "oauth-token", {"invalid_grant"}, once=True)
def _(w):
    return renewal(w.rotating(0), w.user())


def secret_of(client):
    return basic(client["ClientId"], client["ClientSecret"])


@web("token by exchange", "oauth-token")
def _(w):
    form = {"grant_type": EXCHANGE, "subject_token": w.access(), "subject_token_type": ACCESS_TOKEN}
    return post("/oauth2/token", secret_of(w.machine), **form)


@web("token for a client", "oauth-token")
def _(w):
    return post("/oauth2/token", secret_of(w.machine), grant_type="client_credentials")


@web("token for a client with a proof", "oauth-token", {"invalid_dpop_proof"}, once=True)
def _(w):
    proof = Key().proof("POST", f"{w.endpoint}/oauth2/token")
    return post("/oauth2/token", secret_of(w.machine) | proof, grant_type="client_credentials")


@web("revoke", "oauth-revoke")
def _(w):
    return post("/oauth2/revoke", token=w.usual.tokens(w.user())["RefreshToken"], client_id=w.usual.client_id)


@web("par", "oauth-par", again=True)
def _(w):
    return post("/oauth2/par", **w.relying().request())


@web("device_authorization", "oauth-device-authorization", again=True)
def _(w):
    return post("/oauth2/device_authorization", client_id=w.usual.client_id, scope="openid email")


@web("register", "oauth-register", again=True)
def _(w):
    metadata = {"redirect_uris": ["https://app.example/callback"], "token_endpoint_auth_method": "none"}
    path = f"/oauth2/register?user_pool_id={w.pool}"
    return Held("").send("POST", path, json.dumps(metadata), {"Content-Type": "application/json"})


# Pages


@web("form login", "login", again=True)
def _(w):
    relying = w.relying()
    return filled_in(relying.sign_in_page(), relying.browser, username=w.user(), password=PASSWORD)


@web("form of the first password", "login", {"error-session", "error-incorrect"}, once=True, begins_again=True)
def _(w):
    relying = w.relying()
    page = relying.sign_in(w.app.invited(w.unique("user")), TEMPORARY)
    return filled_in(page, relying.browser, password=OTHER_PASSWORD)


def signing_up(w, name):
    relying = w.relying()
    page = relying.browser.get("/signup", **relying.request())
    fields = {"username": name, "password": PASSWORD, "attribute.email": f"{name}@example.com"}
    return relying, page, fields


@web("form signup", "signup", {"error-exists"})
def _(w):
    relying, page, fields = signing_up(w, w.unique("user"))
    return filled_in(page, relying.browser, **fields)


@web("form confirm", "confirm", WRONG_CODE, once=True)
def _(w):
    name = w.unique("user")
    relying, page, fields = signing_up(w, name)
    page = relying.browser.submit(page, **fields)
    return filled_in(page, relying.browser, code=w.code(name))


@web("form forgotPassword", "forgot-password")
def _(w):
    relying = w.relying()
    page = relying.browser.get("/forgotPassword", **relying.request())
    return filled_in(page, relying.browser, username=w.user())


@web("form confirmforgotPassword", "forgot-password", WRONG_CODE, once=True)
def _(w):
    relying, name = w.relying(), w.user()
    page = relying.browser.submit(relying.browser.get("/forgotPassword", **relying.request()), username=name)
    return filled_in(page, relying.browser, code=w.code(name), password=OTHER_PASSWORD)


@web("form device", "connect-device", {"error-device-code"})
def _(w):
    device = new_device(w)
    page = device.question(w.user())
    return filled_in(page, device.browser, button="allow")
