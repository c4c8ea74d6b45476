"""What the pages tell about a name: the same whether or not it is a user's, where the client prevents existence errors.

Answers are compared as a stranger sees them: status, headers, the shape of cookies, and the page itself but for what is
drawn anew each time, and for the name that was typed in.
"""

import re

import pytest
from browser import OAUTH, Browser, Relying
from support import PASSWORD, make_app


def seen(page, name):
    """An answer without what differs between any two requests."""
    body = page.body.replace(name, "NAME")
    for field in ("csrf", "session", "passkey"):
        body = re.sub(rf'(name="{field}" value=")[^"]*', lambda found: found[1], body)
    # The challenges of passkeys are drawn, and so are ids of passkeys that are pretended.
    body = re.sub(r'data-options="[^"]*"', "", body)
    lengths = [len(value) for value in re.findall(r'name="session" value="([^"]*)', page.body)]
    headers = {key: value for key, value in page.headers.items() if key not in ("date", "apigw-requestid")}
    headers["set-cookie"] = [re.sub(r"=[^;]*", "=", cookie, count=1) for cookie in page.cookies]
    headers.pop("content-length", None)
    return page.status, headers, lengths, body


@pytest.fixture
def relying(make_app, endpoint):
    def make(**pool):
        app = make_app(
            {"AutoVerifiedAttributes": ["email"], "UsernameAttributes": ["email"]} | pool,
            PreventUserExistenceErrors="ENABLED",
            **OAUTH,
        )
        return Relying(app, Browser(endpoint))

    return make


def names(app):
    """A user's address and nobody's, which look alike."""
    known, unknown = (f"{app.unique('ann')}@example.com" for _ in range(2))
    app.user(known, email_verified="true")
    return known, unknown


def both(relying, walk):
    """Walks the pages with either name, each in a browser of its own; every answer has to be the same."""
    pages = []
    for name in names(relying.app):
        relying.browser = Browser(relying.browser.endpoint)
        pages.append([seen(page, name) for page in walk(relying.browser, name)])
    assert pages[0] == pages[1]
    return pages[0]


def test_passwords_recovery_and_confirmation(relying):
    relying = relying()

    def walk(browser, name):
        page = relying.sign_in_page()
        yield browser.submit(page, username=name, password="Wrong-Pass-1")
        page = browser.submit(browser.get("/forgotPassword", **relying.request()), username=name)
        yield page
        yield browser.submit(page, code="000000", password="Another-Pass-9")
        page = browser.get("/confirm", **relying.request(), username=name)
        yield browser.submit(page, code="000000")
        yield browser.submit(page, button="resend", code="")

    assert [page[0] for page in both(relying, walk)] == [400, 200, 400, 400, 200]


def test_the_name_first(relying):
    ways = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}
    relying = relying(**ways)

    def walk(browser, name):
        page = relying.sign_in_page()
        choice = browser.submit(page, username=name)
        yield choice
        yield browser.submit(choice, password="Wrong-Pass-1")
        page = browser.submit(choice, button="EMAIL_OTP", password="")
        yield page
        yield browser.submit(page, code="000000")
        # Whoever goes on by another name learns nothing either.
        yield browser.submit(choice, username="somebody-else@example.com", password=PASSWORD)

    assert [page[0] for page in both(relying, walk)] == [200, 400, 200, 400, 400]
