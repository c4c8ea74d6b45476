"""Verification by link: the mail, the page in a browser, and what strangers and programs make of the link."""

import html
import os
import re
import subprocess
import tempfile
import urllib.parse

import pytest
from event_support import CLIENT, covers, invoke, load
from support import at_once, attributes, expire_code, make_app, refused, table

BY_LINK = {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}, "AliasAttributes": ["email", "preferred_username"]}
CONFIRMED = "Your account is confirmed"
AGAIN = "Your account is confirmed already"
WRONG = "This link does not work"


def link_to(mailbox, address, count=1):
    """The link of the newest mail, as a mail program would open it."""
    mailbox(address, count=count)
    body = mailbox.messages(address)[0]["body"]
    return html.unescape(re.search(r'href="([^"]+)"', body).group(1))


def heading(answer):
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return html.unescape(re.search(r"<h1>(.*?)</h1>", answer.text).group(1))


@pytest.fixture
def open_link(http, endpoint):
    """A function: opens a link of this stack; returns the answer."""

    def get(link, method="GET", headers=None, **changes):
        url = urllib.parse.urlsplit(link)
        query = dict(urllib.parse.parse_qsl(url.query)) | changes
        return http(method, f"{url.path}?{urllib.parse.urlencode(query)}", headers=headers)

    return get


def test_the_link_of_the_mail_confirms(make_app, mailbox, open_link):
    app = make_app(BY_LINK)
    assert app.pool["VerificationMessageTemplate"]["DefaultEmailOption"] == "CONFIRM_WITH_LINK"
    name = app.sign_up()
    address = f"{name}@example.com"
    link = link_to(mailbox, address)
    mail = mailbox.messages(address)[0]
    assert mail["subject"] == "Your verification link"
    assert ">Verify Email</a>" in mail["body"]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)
    assert (query["client_id"], query["user_name"]) == ([app.client_id], [name])
    assert urllib.parse.urlsplit(link).path == "/confirmUser"

    answer = open_link(link)
    assert (answer.status, heading(answer)) == (200, CONFIRMED)
    user = app.get(name)
    assert user["UserStatus"] == "CONFIRMED"
    assert attributes(user)["email_verified"] == "true"
    assert app.tokens(name)["AccessToken"]


def test_a_browser_shows_the_page(make_app, mailbox):
    """The real thing: nothing of the page breaks its own policy, and the user reads what happened."""
    app = make_app(BY_LINK)
    name = app.sign_up()
    link = link_to(mailbox, f"{name}@example.com")
    with tempfile.TemporaryDirectory() as profile:
        command = [os.environ.get("CHROMIUM", "/usr/bin/chromium"), "--headless", "--no-sandbox", "--disable-background-networking", "--disable-gpu"]
        command += [f"--user-data-dir={profile}", "--no-proxy-server", "--enable-logging=stderr", "--dump-dom", link]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert f"<h1>{CONFIRMED}" in done.stdout
    assert "Content Security Policy" not in done.stderr
    assert app.get(name)["UserStatus"] == "CONFIRMED"


def test_the_page_allows_nothing_and_is_kept_nowhere(open_link):
    answer = open_link("/confirmUser?client_id=x&user_name=y&confirmation_code=1")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "script-src" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in answer.text
    assert '<html lang="en"' in answer.text and "prefers-color-scheme: dark" in answer.text


def test_the_page_speaks_the_user_s_language_and_looks_as_the_client_wants(make_app, mailbox, open_link):
    app = make_app(BY_LINK)
    app.cognito.set_ui_customization(
        UserPoolId=app.pool_id, ClientId=app.client_id, CSS=".background-customizable {background-color: #fedcba}"
    )
    name = app.sign_up()
    link = link_to(mailbox, f"{name}@example.com")
    german = {"accept-language": "de-AT,en;q=0.5"}
    answer = open_link(link, headers=german)
    assert heading(answer) == "Ihr Konto ist bestätigt"
    assert '<html lang="de" dir="ltr"' in answer.text and "#fedcba" in answer.text
    answer = open_link(link, headers=german, lang="ar")
    assert '<html lang="ar" dir="rtl"' in answer.text
    assert heading(answer) == "تم تأكيد حسابك من قبل"
    # A link of nobody's has words too.
    answer = open_link(link, headers=german, client_id="unknown")
    assert heading(answer) == "Dieser Link funktioniert nicht" and "#fedcba" not in answer.text


def test_a_program_that_opens_links_first_takes_nothing_from_the_user(make_app, mailbox, open_link):
    app = make_app(BY_LINK)
    name = app.sign_up()
    link = link_to(mailbox, f"{name}@example.com")
    assert open_link(link, method="HEAD").status == 404
    assert app.get(name)["UserStatus"] == "UNCONFIRMED"
    assert heading(open_link(link)) == CONFIRMED
    for _ in range(3):
        answer = open_link(link)
        assert (answer.status, heading(answer)) == (200, AGAIN)


def test_two_clicks_at_once_end_well(make_app, mailbox, open_link):
    app = make_app(BY_LINK)
    link = link_to(mailbox, f"{app.sign_up()}@example.com")
    seen = []
    assert at_once(*[lambda: seen.append(heading(open_link(link)))] * 4) == [None] * 4
    assert seen.count(CONFIRMED) == 1
    assert seen.count(AGAIN) == 3


def test_what_is_wrong_is_said_and_tells_nothing(make_app, mailbox, open_link):
    app = make_app(BY_LINK, PreventUserExistenceErrors="ENABLED")
    name = app.sign_up()
    link = link_to(mailbox, f"{name}@example.com")
    nobody = open_link(link, user_name=app.unique("nobody"))
    assert (nobody.status, heading(nobody)) == (400, WRONG)
    for changes in (
        {"confirmation_code": "000000"},
        {"confirmation_code": ""},
        {"user_name": ""},
        {"user_name": "<script>alert(1)</script>"},
        {"client_id": "<img src=x onerror=alert(1)>"},
        {"client_id": "unknown"},
    ):
        answer = open_link(link, **changes)
        assert (answer.status, answer.text) == (400, nobody.text), changes
    assert app.get(name)["UserStatus"] == "UNCONFIRMED"
    # Whoever only knows that somebody is confirmed learns it nowhere.
    open_link(link)
    assert open_link(link, confirmation_code="000000").text == nobody.text


def test_guesses_are_counted_as_those_of_the_api(make_app, mailbox, open_link):
    app = make_app(BY_LINK)
    name = app.sign_up()
    link = link_to(mailbox, f"{name}@example.com")
    for _ in range(15):
        assert open_link(link, confirmation_code="0").status == 400
    assert open_link(link).status == 429
    with refused("LimitExceededException"):
        app.confirm(name, "000000")
    assert app.get(name)["UserStatus"] == "UNCONFIRMED"


def test_an_old_link_and_one_that_was_replaced(make_app, mailbox, open_link, table):
    app = make_app(BY_LINK)
    name = app.sign_up()
    address = f"{name}@example.com"
    first = link_to(mailbox, address)
    app.resend(name)
    second = link_to(mailbox, address, count=2)
    if first != second:
        assert heading(open_link(first)) == WRONG
    expire_code(table, app, name, "sign_up")
    answer = open_link(second)
    assert (answer.status, heading(answer)) == (400, "This link has expired")
    app.resend(name)
    assert heading(open_link(link_to(mailbox, address, count=3))) == CONFIRMED


def test_the_code_of_a_link_works_once_in_the_api_too(make_app, mailbox, open_link):
    app = make_app(BY_LINK)
    name = app.sign_up()
    link = link_to(mailbox, f"{name}@example.com")
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["confirmation_code"][0]
    app.confirm(name, code)
    with refused("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"):
        app.confirm(name, code)
    assert heading(open_link(link)) == AGAIN


def test_the_name_of_a_deleted_user_is_not_confirmed_by_the_old_link(make_app, mailbox, open_link):
    app = make_app(BY_LINK)
    name = app.sign_up()
    link = link_to(mailbox, f"{name}@example.com")
    open_link(link)
    app.administer("admin_delete_user", name)
    app.sign_up(name, attributes={"email": f"{app.unique('other')}@example.com"})
    open_link(link)
    assert app.get(name)["UserStatus"] == "UNCONFIRMED"


def test_an_address_that_is_another_user_s_sign_in_name(make_app, mailbox, open_link):
    app = make_app(BY_LINK | {"AliasAttributes": ["email", "preferred_username"]})
    address = f"{app.unique('shared')}@example.com"
    app.user(email=address, email_verified="true")
    name = app.sign_up(attributes={"email": address})
    answer = open_link(link_to(mailbox, address))
    assert (answer.status, heading(answer)) == (400, "This address belongs to another account")
    assert app.get(name)["UserStatus"] == "UNCONFIRMED"


def test_the_pool_s_own_words(make_app, mailbox, open_link):
    """Names are text in a mail, whatever they look like, and codes that users type in stay codes."""
    words = {
        "DefaultEmailOption": "CONFIRM_WITH_LINK",
        "EmailMessageByLink": "Dear {username}, <b>{##press here##}</b> or {##there##}.",
        "EmailSubjectByLink": "Welcome {username}",
        "EmailMessage": "Hello {username}, type {####}.",
        "EmailSubject": "Code of {username}",
        "SmsMessage": "{username}: {####}",
    }
    app = make_app({"VerificationMessageTemplate": words})
    assert app.pool["VerificationMessageTemplate"] == words
    name = app.sign_up(app.unique("<i>&x"), attributes={"email": (address := f"{app.unique('a')}@example.com")})
    link = link_to(mailbox, address)
    mail = mailbox.messages(address)[0]
    assert mail["subject"] == f"Welcome {name}"
    escaped = html.escape(link)
    assert mail["body"] == (
        f'Dear {html.escape(name)}, <b><a href="{escaped}">press here</a></b> or <a href="{escaped}">there</a>.'
    )
    assert heading(open_link(link)) == CONFIRMED

    app.forgot(name)
    mailbox(address, count=2)
    mail = mailbox.messages(address)[0]
    assert mail["subject"] == f"Code of {name}"
    assert re.fullmatch(rf"Hello {re.escape(html.escape(name))}, type \d{{6}}\.", mail["body"])


def test_where_names_are_addresses_the_mail_greets_by_the_address(make_app, mailbox, open_link):
    words = BY_LINK["VerificationMessageTemplate"] | {"EmailMessageByLink": "{username} {##go##}"}
    app = make_app({"UsernameAttributes": ["email"], "VerificationMessageTemplate": words})
    address = f"{app.unique('ann')}@example.com"
    app.sign_up(address, attributes={})
    link = link_to(mailbox, address)
    assert mailbox.messages(address)[0]["body"].startswith(f"{address} <a ")
    assert heading(open_link(link)) == CONFIRMED
    assert app.tokens(address)["AccessToken"]


def test_an_invitation_in_the_pool_s_own_words(make_app, mailbox):
    invitation = {
        "EmailMessage": "{username}/{####}",
        "EmailSubject": "For {username}",
        "SMSMessage": "{username}={####}",
    }
    app = make_app({"AdminCreateUserConfig": {"InviteMessageTemplate": invitation}})
    name, address, number = app.unique("<ann>"), f"{app.unique('ann')}@example.com", "+4915550102030"
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username=name,
        TemporaryPassword="Tempo<rary>-1",
        DesiredDeliveryMediums=["EMAIL", "SMS"],
        UserAttributes=[{"Name": "email", "Value": address}, {"Name": "phone_number", "Value": number}],
    )
    (mail,) = mailbox.messages(address)
    assert mail["subject"] == f"For {name}"
    assert mail["body"] == f"{html.escape(name)}/Tempo&lt;rary&gt;-1"
    assert f"{name}=Tempo<rary>-1" in [text["body"] for text in mailbox.messages(number)]


@covers("confirm-user/basic")
def test_the_event_of_a_link_for_nobody():
    event = load("confirm-user/basic")
    assert event["queryStringParameters"]["client_id"] == CLIENT
    answer = invoke("confirm-user", event)
    assert answer["statusCode"] in (400, 429)
    assert "<h1>" in answer["body"]
