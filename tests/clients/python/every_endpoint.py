"""A right request of every endpoint that is no operation of the API: of OAuth, of the pages, of what is published."""

import html
import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from browser import OAUTH, basic
from every_operation import SITE, World
from mfa_support import Authenticator, register
from oauth_support import READ, Key, post
from sites import Held, Sent
from soft_passkey import registration
from support import OTHER_PASSWORD, PASSWORD, TEMPORARY
from test_branding import ACCENT, asset
from test_confirm_user import link_to

REGISTER = "aws.cognito/dcr/register"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@dataclass
class Endpoint:
    """How to ask for what an endpoint does."""

    name: str
    function: str
    request: object
    # Parts of the request that may be wrong, each with the ways in which it may, None for all. Parameters of the query have
    # a question mark first.
    free: dict
    # Kinds of items that a refused request may leave.
    leaves: set


ENDPOINTS = {}
LEFT_OUT = {"missing", "empty", "a list", "in capitals"}
# An authorization request: half of these scopes is a scope.
ASKED = {"state": None, "nonce": None, "scope": LEFT_OUT | {"cut off"}}
VISIT = {f"?{name}": ways for name, ways in ASKED.items()}
LIKE_NAMES = {"a word", "a number", "no escapes", "unescaped", "other letters"}
# Passwords are as good if they are longer.
NEW_PASSWORD = {"password": {"goes on", "NUL at its end"}}


def endpoint(function, name, free=None, leaves=()):
    def add(request):
        key = f"{function}-{name}" if name else function
        ENDPOINTS[key] = Endpoint(key, function, request, free or {}, set(leaves))
        return request

    return add


# OAuth


@endpoint("oauth-authorize", "signed-in", VISIT)
def _(s):
    relying = s.signed_in()
    relying.browser = Held.of(relying.browser)
    return relying.authorize()


@endpoint("oauth-authorize", "posted", ASKED)
def _(s):
    relying = s.signed_in()
    return Held.of(relying.browser).send("POST", "/oauth2/authorize", relying.request())


@endpoint("oauth-authorize", "new", VISIT)
def _(s):
    relying = s.relying()
    relying.browser = Held.of(relying.browser)
    return relying.authorize()


@endpoint("oauth-token", "code")
def _(s):
    relying = s.relying()
    code = relying.code(s.user(), PASSWORD)
    form = {"grant_type": "authorization_code", "code": code, "client_id": relying.app.client_id}
    return s.form("/oauth2/token", form | {"redirect_uri": relying.redirect_uri, "code_verifier": relying.verifier})


@endpoint("oauth-token", "refresh")
def _(s):
    form = {"grant_type": "refresh_token", "client_id": s.plain.client_id, "refresh_token": s.tokens()["refresh_token"]}
    return s.form("/oauth2/token", form)


@endpoint("oauth-token", "client-credentials", {"scope": LEFT_OUT})
def _(s):
    return s.form("/oauth2/token", {"grant_type": "client_credentials", "scope": READ}, s.machine())


@endpoint("oauth-token", "dpop", {"dpop": {"missing"}})
def _(s):
    headers = s.machine() | Key().proof("POST", f"{s.endpoint}/oauth2/token")
    return s.form("/oauth2/token", {"grant_type": "client_credentials"}, headers)


@endpoint("oauth-token", "device")
def _(s):
    told, browser, page = s.question()
    browser.submit(page, button="allow")
    form = {"grant_type": DEVICE_CODE, "client_id": s.plain.client_id, "device_code": told["device_code"]}
    return s.form("/oauth2/token", form)


@endpoint("oauth-token", "exchange")
def _(s):
    form = {"grant_type": EXCHANGE, "subject_token": s.tokens()["access_token"], "subject_token_type": ACCESS_TOKEN}
    return s.form("/oauth2/token", form, s.machine())


@endpoint("oauth-revoke", "")
def _(s):
    return s.form("/oauth2/revoke", {"token": s.tokens()["refresh_token"], "client_id": s.plain.client_id})


@endpoint("oauth-introspect", "")
def _(s):
    return s.form("/oauth2/introspect", {"token": s.tokens()["access_token"]}, s.machine())


@endpoint("oauth-userinfo", "header", {"method": None})
def _(s):
    headers = {"Authorization": f"Bearer {s.tokens()['access_token']}"}
    return Held(s.endpoint).send("GET", "/oauth2/userInfo", headers=headers)


@endpoint("oauth-userinfo", "form")
def _(s):
    return s.form("/oauth2/userInfo", {"access_token": s.tokens()["access_token"]})


@endpoint("oauth-userinfo", "dpop")
def _(s):
    key, url = Key(), f"{s.endpoint}/oauth2/userInfo"
    token = s.tokens(key.proof("POST", f"{s.endpoint}/oauth2/token"))["access_token"]
    headers = {"Authorization": f"DPoP {token}"} | key.proof("GET", url, token)
    return Held(s.endpoint).send("GET", "/oauth2/userInfo", headers=headers)


@endpoint("oauth-par", "", ASKED | {"client_id": LEFT_OUT})
def _(s):
    made = s.client(**OAUTH)
    request = s.relying().request(client_id=made["ClientId"])
    return s.form("/oauth2/par", request, basic(made["ClientId"], made["ClientSecret"]))


@endpoint("oauth-device-authorization", "", ASKED)
def _(s):
    return s.form("/oauth2/device_authorization", {"client_id": s.plain.client_id, "scope": "openid email"})


OPTIONAL = dict.fromkeys(("token_endpoint_auth_method", "grant_types", "response_types", "scope"), {"missing", "null"})


# Of a name is kept what names of clients may have.
NAMED = {"missing", "null", '"x"', '""', r'"a\u0000b"', '"' + "a" * 19}


@endpoint("oauth-register", "", OPTIONAL | {"client_name": NAMED, "content-type": None})
def _(s):
    form = {"grant_type": "client_credentials", "scope": REGISTER}
    token = json.loads(post(s.endpoint, "/oauth2/token", form, s.machine(REGISTER)).body)["access_token"]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    metadata = {"redirect_uris": ["https://app.example/callback"], "client_name": "An application"}
    metadata |= {"token_endpoint_auth_method": "none", "grant_types": ["authorization_code"], "response_types": ["code"]}
    return Held(s.endpoint).send("POST", "/oauth2/register", json.dumps(metadata | {"scope": "openid"}), headers)


# Pages


@endpoint("login", "shown", VISIT | {"method": None})
def _(s):
    relying = s.relying()
    return Held(s.endpoint).get("/login", **relying.request())


def filled(browser, page, **fields):
    return Held.of(browser).submit(page, **fields)


@endpoint("login", "password", VISIT)
def _(s):
    relying = s.relying()
    return filled(relying.browser, relying.sign_in_page(), username=s.user(), password=PASSWORD)


@endpoint("login", "new-password", VISIT | NEW_PASSWORD)
def _(s):
    relying = s.relying()
    page = relying.sign_in(s.plain.invited(World.unique("user")), TEMPORARY)
    return filled(relying.browser, page, password=PASSWORD)


@endpoint("login", "second-factor", VISIT)
def _(s):
    relying, name = s.relying(), s.user()
    access = s.plain.tokens(name)["AccessToken"]
    authenticator = register(s.plain, access)
    app = {"SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True}}
    s.anonymous.set_user_mfa_preference(AccessToken=access, **app)
    return filled(relying.browser, relying.sign_in(name, PASSWORD), code=authenticator.code())


@endpoint("login", "set-up", VISIT | {"username": None, "offered": None})
def _(s):
    relying = s.relying(s.strict)
    page = relying.sign_in(s.strict.user(), PASSWORD)
    return filled(relying.browser, page, button="SOFTWARE_TOKEN_MFA")


@endpoint("login", "set-up-code", VISIT | {"offered": None})
def _(s):
    relying = s.relying(s.strict)
    page = relying.sign_in(s.strict.user(), PASSWORD)
    page = relying.browser.submit(page, button="SOFTWARE_TOKEN_MFA")
    [secret] = set(re.findall(r"\b[A-Z2-7]{32,}\b", page.body.replace(" ", "")))
    return filled(relying.browser, page, code=Authenticator(secret).code())


@endpoint("login", "name-first", VISIT | {"username": None})
def _(s):
    relying = s.relying(s.passkeys)
    return Held.of(relying.browser).submit(relying.sign_in_page(), 0, username=s.user(s.passkeys))


@endpoint("signup", "", VISIT | NEW_PASSWORD | {"username": None, "attribute.email": LEFT_OUT | {"goes on"}})
def _(s):
    relying, name = s.relying(), World.unique("user")
    page = relying.browser.get("/signup", **relying.request())
    fields = {"username": name, "password": PASSWORD, "attribute__email": f"{name}@example.com"}
    return filled(relying.browser, page, **fields)


def confirming(s):
    relying, name = s.relying(), s.plain.sign_up()
    page = relying.browser.get("/confirm", **relying.request(), username=name)
    return relying.browser, page, name


@endpoint("confirm", "code", VISIT | {"?username": None})
def _(s):
    browser, page, name = confirming(s)
    return filled(browser, page, username=name, code=s.code(name))


# Of users who do not exist the page says what it says of others.
@endpoint("confirm", "resend", VISIT | {"?username": None, "username": LIKE_NAMES})
def _(s):
    browser, page, name = confirming(s)
    return filled(browser, page, username=name, button="resend")


@endpoint("forgot-password", "asked", VISIT)
def _(s):
    relying = s.relying()
    return filled(relying.browser, relying.browser.get("/forgotPassword", **relying.request()), username=s.user())


@endpoint("forgot-password", "confirmed", VISIT | NEW_PASSWORD)
def _(s):
    relying, name = s.relying(), s.user()
    page = relying.browser.get("/forgotPassword", **relying.request())
    page = relying.browser.submit(page, username=name)
    return filled(relying.browser, page, code=s.code(name), password=OTHER_PASSWORD)


@endpoint("logout", "", {"?logout_uri": LEFT_OUT, "method": None})
def _(s):
    relying = s.signed_in()
    where = {"client_id": relying.app.client_id, "logout_uri": "https://app.example/bye"}
    return Held.of(relying.browser).get("/logout", **where)


@endpoint("add-passkey", "shown", VISIT | {"?response_type": LEFT_OUT, "method": None})
def _(s):
    relying = s.signed_in(s.passkeys)
    return Held.of(relying.browser).get("/passkeys/add", **relying.request())


@endpoint("add-passkey", "added", VISIT | {"?response_type": LEFT_OUT}, leaves={("USER", "BEGUN")})
def _(s):
    relying = s.signed_in(s.passkeys)
    page = relying.browser.get("/passkeys/add", **relying.request())
    options = json.loads(html.unescape(page.body.split('data-options="')[1].split('"')[0]))
    options = options.get("publicKey", options)
    credential = registration(options, f"https://{SITE}")
    return filled(relying.browser, page, credential=json.dumps(credential))


@endpoint("connect-device", "entered")
def _(s):
    told, browser, page = s.device()
    return filled(browser, page, user_code=told["user_code"])


@endpoint("connect-device", "allowed")
def _(s):
    _, browser, page = s.question()
    return filled(browser, page, button="allow")


@endpoint("confirm-user", "")
def _(s):
    name = s.links.sign_up()
    link = urlsplit(link_to(s.mailbox, f"{name}@example.com"))
    return Sent("GET", link.path, link.query)


@endpoint("images", "", {"method": {"HEAD"}, "path": {"dots"}})
def _(s):
    client = s.client(**OAUTH)
    s.cognito.create_managed_login_branding(
        UserPoolId=s.plain.pool_id, ClientId=client["ClientId"], Settings=ACCENT, Assets=[asset("PAGE_BACKGROUND", "DYNAMIC")]
    )
    page = s.relying(s.plain.beside(client)).sign_in_page().body
    [path] = {path.split(")")[0] for path in page.split("url(")[1:]}
    return Sent("GET", path)


# Documents


@endpoint("oidc-discovery", "keys", {"method": None})
def _(s):
    return Sent("GET", f"/{s.plain.pool_id}/.well-known/jwks.json")


@endpoint("oidc-discovery", "configuration", {"method": None})
def _(s):
    return Sent("GET", f"/{s.plain.pool_id}/.well-known/openid-configuration")
