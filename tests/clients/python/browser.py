"""A browser without scripts: it follows no redirect by itself, keeps cookies, and fills in forms."""

import base64
import hashlib
import http.client
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

CALLBACK = "https://app.example/callback"
OAUTH = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"],
    "CallbackURLs": [CALLBACK, "http://localhost:3999/callback"],
    "LogoutURLs": ["https://app.example/bye"],
}


class Forms(HTMLParser):
    """The forms of a page, its text, and its links."""

    def __init__(self, page):
        super().__init__()
        self.forms, self.words, self.links, self.lang, self.dir, self._style = [], [], [], None, None, False
        self.feed(page)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self._style = tag == "style"
        if tag == "html":
            self.lang, self.dir = attrs.get("lang"), attrs.get("dir")
        elif tag == "form":
            self.forms.append({"action": attrs["action"], "fields": {}, "buttons": []})
        elif tag == "input":
            self.forms[-1]["fields"][attrs["name"]] = attrs.get("value") or ""
        elif tag == "button":
            self.forms[-1]["buttons"].append(attrs.get("value"))
        elif tag == "a":
            self.links.append(attrs["href"])

    def handle_endtag(self, tag):
        self._style = False

    def handle_data(self, data):
        if not self._style:
            self.words.append(data)


@dataclass
class Page:
    """An answer."""

    status: int
    headers: dict
    body: str
    cookies: list
    url: str

    @property
    def location(self):
        return self.headers.get("location")

    @property
    def forms(self):
        return Forms(self.body).forms

    @property
    def text(self):
        return Forms(self.body).text

    @property
    def answer(self):
        """What the redirect carries, from its query or its fragment."""
        parts = urlsplit(self.location)
        return dict(parse_qsl(parts.fragment or parts.query))


@dataclass
class Browser:
    endpoint: str
    cookies: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)

    def worded(self, body, headers):
        """Headers and body as they are sent, but for cookies."""
        given = {"Host": urlsplit(self.endpoint).netloc, "Accept": "text/html"} | self.headers | (headers or {})
        if body is not None:
            given.setdefault("Content-Type", "application/x-www-form-urlencoded")
            body = body if isinstance(body, (str, bytes)) else urlencode(body)
        return given, body

    def send(self, method, path, body=None, headers=None):
        given, body = self.worded(body, headers)
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.endpoint).port, timeout=60)
        connection.request(method, path, body, given)
        response = connection.getresponse()
        text = response.read().decode()
        cookies = response.headers.get_all("set-cookie") or []
        for cookie in cookies:
            name, value = cookie.split(";")[0].split("=", 1)
            if value and "Max-Age=0" not in cookie:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        answer = {name.lower(): value for name, value in response.headers.items()}
        connection.close()
        return Page(response.status, answer, text, cookies, path)

    def get(self, path, **parameters):
        return self.send("GET", path + (f"?{urlencode(parameters)}" if parameters else ""))

    def follow(self, page):
        """The next page of this site."""
        assert page.status in (302, 303), (page.status, page.body)
        assert page.location.startswith("/"), page.location
        return self.get(page.location)

    def submit(self, page, form=-1, button=None, **fields):
        """Sends a form of a page, its fields filled in."""
        form = page.forms[form]
        values = form["fields"] | {name.replace("__", "."): value for name, value in fields.items()}
        if button is not None:
            assert button in form["buttons"]
            values["action"] = button
        return self.send("POST", form["action"], values)


@dataclass
class Relying:
    """An application that signs its users in by redirect."""

    app: object
    browser: Browser
    redirect_uri: str = CALLBACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(8))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(8))

    @property
    def challenge(self):
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def request(self, **more):
        """The parameters of an authorization request; None leaves one out."""
        parameters = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid email",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        } | more
        return {name: value for name, value in parameters.items() if value is not None}

    def authorize(self, **more):
        return self.browser.get("/oauth2/authorize", **self.request(**more))

    def sign_in_page(self, **more):
        return self.browser.follow(self.authorize(**more))

    def sign_in(self, name, password, **more):
        """Signs in on the page; the answer goes back to the application."""
        return self.browser.submit(self.sign_in_page(**more), username=name, password=password)

    def code(self, name, password, **more):
        page = self.sign_in(name, password, **more)
        assert page.status == 303, page.text
        return page.answer["code"]

    def token(self, headers=None, **form):
        """A call of the token endpoint, from elsewhere than the browser; None leaves a parameter out."""
        form = {name: value for name, value in form.items() if value is not None}
        return Browser(self.browser.endpoint).send("POST", "/oauth2/token", form, headers)

    def redeem(self, code, headers=None, **more):
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.app.client_id,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        } | more
        return self.token(headers, **form)


def basic(identifier, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{identifier}:{secret}".encode()).decode()}


def query(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
