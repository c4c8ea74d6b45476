"""What a role allows for the sake of a few: pools whose names are aliases, whose codes go by text or by functions of their
own, whose users come from elsewhere. Each function that has a part in it gets to play it, so that tests/policies sees it.
"""

import json
import uuid
from urllib.parse import urlsplit

import pytest
from browser import OAUTH, Browser, Relying
from identity_support import anonymous_identity, identity, make_identities  # noqa: F401
from mfa_support import require
from oauth_support import READ, add_api, tag
from support import ALL_FLOWS, OTHER_PASSWORD, PASSWORD, TEMPORARY, claims, make_app, refusal
from test_authorizers import authorize, unauthorized, with_header
from test_branding import fetch, png
from test_devices import TRACKED
from test_sessions import track
from test_triggers_senders import code_key, number, opened_by_python  # noqa: F401
from trigger_support import lambda_config, make_function

AUTHORIZERS = ("token-authorizer", "request-authorizer", "http-authorizer")


@pytest.mark.parametrize("kind", ["by mail", "by text", "by a function"])
def test_codes_of_the_pages_and_of_sign_ins_go_the_pool_s_way(make_app, make_function, mailbox, endpoint, code_key, kind):
    by_text = kind == "by text"
    attribute, factor = ("phone_number", "SMS") if by_text else ("email", "EMAIL")
    pool = {"AutoVerifiedAttributes": [attribute], "AliasAttributes": ["email", "phone_number", "preferred_username"]}
    told = []
    if kind == "by a function":
        function = make_function(opened_by_python(code_key, told))
        pool["LambdaConfig"] = lambda_config(function, "CustomEmailSender") | {"KMSKeyID": code_key}
    relying = Relying(make_app(pool, **OAUTH), Browser(endpoint))
    app, browser, sent = relying.app, relying.browser, []
    address = number(app) if by_text else f"{app.unique('to')}@example.com"
    require(app, "OPTIONAL")

    def code():
        """The code that has just been sent; none before it counts."""
        sent.append(None)
        if kind == "by a function":
            assert len(told) == len(sent)
            return told[-1][1]
        return mailbox(address, len(sent))

    name = app.unique("ann")
    page = browser.get("/signup", **relying.request())
    page = browser.submit(page, username=name, password=PASSWORD, **{f"attribute__{attribute}": address})
    assert "code" in page.text.lower() and code()
    page = browser.submit(page, button="resend")
    browser.submit(page, form=0, username=name, code=code())
    assert app.get(name)["UserStatus"] == "CONFIRMED"
    # From here on the address leads to the user too.
    page = browser.submit(browser.get("/forgotPassword", **relying.request()), username=address)
    browser.submit(page, code=code(), password=OTHER_PASSWORD)
    app.administer(
        "admin_set_user_mfa_preference",
        address,
        **{f"{'SMSMfa' if by_text else 'EmailMfa'}Settings": {"Enabled": True, "PreferredMfa": True}},
    )
    page = relying.sign_in(address, OTHER_PASSWORD)
    assert browser.submit(page, code=code()).status == 303
    challenge = f"{factor}_MFA" if by_text else "EMAIL_OTP"
    asked = app.admin_initiate(USERNAME=name, PASSWORD=OTHER_PASSWORD)
    assert asked["ChallengeName"] == challenge and code()
    # A new password comes before the second factor, which is then asked for by the answer to the first.
    app.set_password(name, TEMPORARY, permanent=False)
    asked = app.initiate(USERNAME=name, PASSWORD=TEMPORARY)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    asked = app.respond("NEW_PASSWORD_REQUIRED", asked["Session"], USERNAME=name, NEW_PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == challenge and code()


def test_users_come_with_their_groups_by_every_door(make_app, make_function, endpoint):
    def handler(event, _context):
        confirmed = event["request"].get("password") == PASSWORD
        event["response"]["userAttributes"] = {"email": f"{event['userName']}@example.com", "email_verified": "true"}
        event["response"]["finalUserStatus"] = "CONFIRMED" if confirmed else "RESET_REQUIRED"
        event["response"]["gatehouse:groups"] = ["staff", "long-gone"]
        return event

    config = {"LambdaConfig": lambda_config(make_function(handler), "UserMigration")}
    relying = Relying(make_app(config, **OAUTH), Browser(endpoint))
    app = relying.app
    app.create_group("staff")
    by = {door: app.unique(door) for door in ("page", "administrator", "recovery", "recovery-page")}
    assert relying.code(by["page"], PASSWORD)
    assert app.admin_initiate(USERNAME=by["administrator"], PASSWORD=PASSWORD)["AuthenticationResult"]
    app.forgot(by["recovery"])
    browser = Browser(endpoint)
    browser.submit(browser.get("/forgotPassword", **relying.request()), username=by["recovery-page"])
    for name in by.values():
        assert app.groups_of(name) == ["staff"], name
    assert sorted(app.members_of("staff")) == sorted(by.values())


def test_pages_know_the_scopes_of_a_pool_s_own_apis(make_app, endpoint):
    app = make_app()
    add_api(app)
    scopes = {"AllowedOAuthScopes": ["openid", READ]}
    client = app.cognito.create_user_pool_client(
        UserPoolId=app.pool_id, ClientName="own", ExplicitAuthFlows=ALL_FLOWS, **OAUTH | scopes
    )["UserPoolClient"]
    relying = Relying(app.beside(client), Browser(endpoint))
    wanted = {"scope": f"openid {READ}"}
    name = app.user()
    for path in ("/signup", "/confirm", "/forgotPassword", "/login"):
        page = relying.browser.get(path, **relying.request(**wanted))
        assert page.status == 200 and page.forms, path
        unknown = relying.browser.get(path, **relying.request(scope="openid no-such/scope"))
        assert unknown.status == 303 and unknown.answer["error"] == "invalid_scope", path
    code = relying.code(name, PASSWORD, **wanted)
    assert READ in claims(json.loads(relying.redeem(code).body)["access_token"])["scope"].split()
    # This pool has no passkeys; what is asked for is read before that is seen.
    assert relying.browser.get("/passkeys/add", **relying.request(**wanted)).status == 400
    tag(relying.app, feature="par")
    pushed = Browser(endpoint).send("POST", "/oauth2/par", relying.request(**wanted))
    assert pushed.status == 201, pushed.body


def test_names_of_every_kind_lead_to_devices_and_identities(make_app, make_identities):  # noqa: F811
    app = make_app(TRACKED | {"AliasAttributes": ["email"]})
    email = f"{app.unique('ann')}@example.com"
    name = app.user(email=email, email_verified="true")
    assert app.administer("admin_list_devices", email)["Devices"] == []
    app.cognito.create_identity_provider(
        UserPoolId=app.pool_id,
        ProviderName="Corp",
        ProviderType="OIDC",
        ProviderDetails={
            "client_id": "x",
            "client_secret": "y",
            "attributes_request_method": "GET",
            "oidc_issuer": "https://idp.example.com",
            "authorize_scopes": "openid",
        },
    )
    app.cognito.admin_link_provider_for_user(
        UserPoolId=app.pool_id,
        DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": email},
        SourceUser={"ProviderName": "Corp", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1"},
    )
    assert "identities" in {attribute["Name"] for attribute in app.get(name)["UserAttributes"]}
    made = make_identities(app, checked=True, DeveloperProviderName="login.example")
    logins = made.logins(name)
    linked = made.identity.get_open_id_token_for_developer_identity(
        IdentityPoolId=made.id, Logins=logins | {"login.example": "ann"}
    )
    assert linked["IdentityId"] == made.get_id(logins)


def test_tokens_without_a_session_are_checked_by_the_user(cognito, unique, endpoint, make_app):
    """Clients with EnableTokenRevocation off; this one of the demo pool is known to the authorizers."""
    from event_support import POOL
    from stack.config import WITHOUT_SESSIONS
    from stack.seed import with_id

    refusal(
        with_id, cognito, "CreateUserPoolClient", WITHOUT_SESSIONS, UserPoolId=POOL, ClientName="without",
        ExplicitAuthFlows=ALL_FLOWS, EnableTokenRevocation=False,
    )  # fmt: skip
    name = unique("ann")
    cognito.admin_create_user(UserPoolId=POOL, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=POOL, Username=name, Password=PASSWORD, Permanent=True)
    token = cognito.initiate_auth(
        ClientId=WITHOUT_SESSIONS, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD}
    )["AuthenticationResult"]["AccessToken"]
    for function in AUTHORIZERS:
        assert authorize(function, **with_header(function, token)), function
    assert authorize("appsync-authorizer", authorizationToken=token)["isAuthorized"]
    cognito.admin_disable_user(UserPoolId=POOL, Username=name)
    assert unauthorized("token-authorizer", **with_header("token-authorizer", token))
    assert not authorize("appsync-authorizer", authorizationToken=token)["isAuthorized"]
    # The user's own page says as much of an OAuth client's token.
    relying = Relying(make_app(**OAUTH | {"EnableTokenRevocation": False}), Browser(endpoint))
    ann = relying.app.user()
    token = json.loads(relying.redeem(relying.code(ann, PASSWORD)).body)["access_token"]
    asked = Browser(endpoint).send("GET", "/oauth2/userInfo", headers={"Authorization": f"Bearer {token}"})
    assert asked.status == 200 and json.loads(asked.body)["username"] == ann


def test_sign_ins_on_the_page_count_where_sessions_do(make_app, endpoint):
    app = make_app(**OAUTH)
    track(app, 1)
    name = app.user()
    browsers = [Relying(app, Browser(endpoint)) for _ in range(2)]
    for relying in browsers:
        assert relying.code(name, PASSWORD)
    # The second sign-in took the only place.
    assert "code" not in browsers[0].authorize(prompt="none").answer
    assert browsers[1].authorize(prompt="none").answer["code"]


def test_the_look_of_a_client_goes_with_it(make_app, endpoint):
    app = make_app()
    mine = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    logo = app.cognito.set_ui_customization(**mine, CSS="", ImageFile=png(9))["UICustomization"]["ImageUrl"]
    assert fetch(endpoint, urlsplit(logo).path)[0] == 200
    app.cognito.delete_user_pool_client(**mine)
    assert fetch(endpoint, urlsplit(logo).path)[0] == 404


def test_who_signs_up_on_the_page_with_an_address_that_a_function_vouches_for_has_it(make_app, make_function, endpoint):
    """A function confirms everybody and their addresses at once: the address leads from its owner to the new user, as in Cognito."""

    def handler(event, _context):
        event["response"] |= {"autoConfirmUser": True, "autoVerifyEmail": True}
        return event

    config = {"LambdaConfig": lambda_config(make_function(handler), "PreSignUp"), "AliasAttributes": ["email"]}
    app = make_app(config, **OAUTH)
    relying = Relying(app, Browser(endpoint))
    email = f"{app.unique('ann')}@example.com"
    ann = app.user(email=email, email_verified="true")

    def sign_up(name, address):
        page = relying.browser.get("/signup", **relying.request())
        return relying.browser.submit(page, username=name, password=PASSWORD, attribute__email=address)

    assert claims(app.tokens(email)["IdToken"])["cognito:username"] == ann
    bob = app.unique("bob")
    sign_up(bob, email)
    assert claims(app.tokens(email)["IdToken"])["cognito:username"] == bob
    # A name that could be a user's `sub` is checked against those.
    name = str(uuid.uuid4())
    sign_up(name, f"{name}@example.com")
    assert claims(app.tokens(name)["IdToken"])["cognito:username"] == name
