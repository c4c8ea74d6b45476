"""Every occasion on which a message is worded or sent by a pool's function, by mail and by text message."""

import pytest
from mfa_support import ALL_FACTORS, prefer, require
from support import PASSWORD, make_app, named
from test_triggers_messages import code_key, decrypted, number
from trigger_support import lambda_config, make_function

OCCASIONS = [
    "SignUp",
    "ResendCode",
    "ForgotPassword",
    "VerifyUserAttribute",
    "UpdateUserAttribute",
    "AdminCreateUser",
    "Authentication",
]


def all_occasions(app, attribute, addresses, code_of):
    """Lets a user go through all of them; `code_of` reads the latest code that was sent."""
    medium = "SMS" if attribute == "phone_number" else "EMAIL"
    # Before the first sign-in: functions keep a pool's settings for half a minute.
    require(app, "OPTIONAL", **{f: ALL_FACTORS[f] for f in ALL_FACTORS if f.lower().startswith(medium.lower())})
    name = app.sign_up(attributes={attribute: addresses[0]})
    app.resend(name)
    app.confirm(name, code_of())
    app.forgot(name)
    access = app.tokens(name)["AccessToken"]
    app.ask_code(access, attribute)
    app.update(access, {attribute: addresses[1]})
    app.verify(access, code_of(), attribute)
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username=app.unique("bob"),
        UserAttributes=named({attribute: addresses[2]}),
        DesiredDeliveryMediums=[medium],
    )
    prefer(app, access, **{medium.lower(): (True, True)})
    challenge = app.initiate(USERNAME=name, PASSWORD=PASSWORD)
    kind, answer = ("SMS_MFA", "SMS_MFA_CODE") if medium == "SMS" else ("EMAIL_OTP", "EMAIL_OTP_CODE")
    assert challenge["ChallengeName"] == kind
    done = app.respond(kind, challenge["Session"], USERNAME=name, **{answer: code_of()})
    assert done["AuthenticationResult"]["AccessToken"]


def addresses_of(app, attribute):
    if attribute == "phone_number":
        return [number(app) for _ in range(3)]
    return [f"{app.unique('source')}@example.com" for _ in range(3)]


@pytest.mark.parametrize("attribute", ["email", "phone_number"])
def test_a_sender_sends_on_every_occasion(make_app, make_function, code_key, attribute):
    function = make_function()
    config = lambda_config(function, "CustomEmailSender", "CustomSMSSender") | {"KMSKeyID": code_key}
    app = make_app({"LambdaConfig": config, "AutoVerifiedAttributes": [attribute]})

    def latest():
        return decrypted(code_key, function.events[-1]["request"]["code"])[0]

    all_occasions(app, attribute, addresses_of(app, attribute), latest)
    trigger = "CustomSMSSender" if attribute == "phone_number" else "CustomEmailSender"
    assert function.sources == [f"{trigger}_{occasion}" for occasion in OCCASIONS]
    for event in function.events:
        assert event["request"]["type"] == trigger[0].lower() + trigger[1:] + "RequestV1"
        assert event["request"]["userAttributes"][attribute] and event["version"] == "1"


@pytest.mark.parametrize("attribute", ["email", "phone_number"])
def test_a_function_is_asked_for_words_on_every_occasion(make_app, make_function, mailbox, attribute):
    function = make_function()
    config = lambda_config(function, "CustomMessage")
    app = make_app({"LambdaConfig": config, "AutoVerifiedAttributes": [attribute]})
    addresses = addresses_of(app, attribute)
    sent = {}

    def latest():
        # The address that the latest event is about got one message more.
        to = addresses[1] if len(function.events) == 5 else function.events[-1]["request"]["userAttributes"][attribute]
        sent[to] = sum(1 for event in function.events if event["request"]["userAttributes"][attribute] == to)
        return mailbox(to, sent[to])

    all_occasions(app, attribute, addresses, latest)
    assert function.sources == [f"CustomMessage_{occasion}" for occasion in OCCASIONS]
    for event in function.events:
        invitation = event["triggerSource"].endswith("AdminCreateUser")
        assert event["request"]["codeParameter"] == "{####}"
        assert bool(event["request"]["usernameParameter"]) == invitation
        assert event["response"] == {"smsMessage": None, "emailMessage": None, "emailSubject": None}
