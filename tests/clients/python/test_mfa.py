"""Multi-factor authentication: settings of pools and users, each factor at sign-in, and what is refused."""

import json

import pytest
from mfa_support import ALL_FACTORS, Authenticator, prefer, register, require, second
from support import PASSWORD, TEMPORARY, at_once, make_app, refused, wrong

INVALID = "Invalid session for the user."


@pytest.fixture
def optional(make_app):
    """An app whose pool lets users choose among all factors."""
    app = make_app()
    require(app, "OPTIONAL")
    return app


def with_app(app, **attributes):
    """A user who has an authenticator app switched on: name, app, access token."""
    name = app.user(**attributes)
    token = app.tokens(name)["AccessToken"]
    authenticator = register(app, token)
    prefer(app, token, software_token=(True, True))
    return name, authenticator, token


def test_set_user_pool_mfa_config(make_app):
    app = make_app()
    answer = require(app, "OPTIONAL")
    assert answer["MfaConfiguration"] == "OPTIONAL"
    assert answer["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    assert answer["EmailMfaConfiguration"] == ALL_FACTORS["EmailMfaConfiguration"]
    pool = app.cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]
    assert pool["MfaConfiguration"] == "OPTIONAL"
    assert pool["SmsAuthenticationMessage"] == "Sign-in code {####}"
    with refused("InvalidParameterException"):
        app.cognito.set_user_pool_mfa_config(
            UserPoolId=app.pool_id, EmailMfaConfiguration={"Message": "no place for a code"}
        )


def test_mfa_needs_a_method(make_app):
    app = make_app()
    with refused("InvalidParameterException"):
        app.cognito.set_user_pool_mfa_config(UserPoolId=app.pool_id, MfaConfiguration="ON")


def test_get_user_pool_mfa_config(make_app):
    app = make_app()
    found = app.cognito.get_user_pool_mfa_config(UserPoolId=app.pool_id)
    assert found["MfaConfiguration"] == "OFF"
    assert found["SoftwareTokenMfaConfiguration"] == {"Enabled": False}
    require(app, "ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    found = app.cognito.get_user_pool_mfa_config(UserPoolId=app.pool_id)
    assert found["MfaConfiguration"] == "ON" and "EmailMfaConfiguration" not in found
    with refused("ResourceNotFoundException"):
        app.cognito.get_user_pool_mfa_config(UserPoolId="us-east-1_Nowhere00")


def test_associate_software_token(optional):
    token = optional.tokens(optional.user())["AccessToken"]
    first = optional.anonymous.associate_software_token(AccessToken=token)
    again = optional.anonymous.associate_software_token(AccessToken=token)
    assert first["SecretCode"] != again["SecretCode"] and "Session" not in first
    # Only the newest secret counts.
    with refused("EnableSoftwareTokenMFAException", "Code mismatch"):
        optional.anonymous.verify_software_token(
            AccessToken=token, UserCode=Authenticator(first["SecretCode"]).code()
        )
    with refused("InvalidParameterException"):
        optional.anonymous.associate_software_token()
    with refused("NotAuthorizedException"):
        optional.anonymous.associate_software_token(Session="A" * 40)


def test_a_pool_without_authenticator_apps_has_none(make_app):
    app = make_app()
    token = app.tokens(app.user())["AccessToken"]
    with refused("SoftwareTokenMFANotFoundException"):
        app.anonymous.associate_software_token(AccessToken=token)


def test_verify_software_token(optional):
    name = optional.user()
    token = optional.tokens(name)["AccessToken"]
    with refused("SoftwareTokenMFANotFoundException"):
        optional.anonymous.verify_software_token(AccessToken=token, UserCode="123456")
    register(optional, token)
    # Registered is not switched on: the user still decides.
    assert "AuthenticationResult" in optional.password_auth(name)


def test_set_user_mfa_preference(optional):
    name = optional.user(email="ann@example.com", phone_number="+15550100001")
    token = optional.tokens(name)["AccessToken"]
    with refused("InvalidParameterException", "User has not verified software token mfa"):
        prefer(optional, token, software_token=(True, False))
    with refused("InvalidParameterException"):
        prefer(optional, token, sms=(True, True), email=(True, True))
    with refused("InvalidParameterException"):
        prefer(optional, token, sms=(False, True))
    prefer(optional, token, sms=(True, False), email=(True, True))
    me = optional.me(token)
    assert set(me["UserMFASettingList"]) == {"SMS_MFA", "EMAIL_OTP"}
    assert me["PreferredMfaSetting"] == "EMAIL_OTP"
    assert me["MFAOptions"] == [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    prefer(optional, token, sms=(False, False), email=(False, False))
    me = optional.me(token)
    assert "UserMFASettingList" not in me and "PreferredMfaSetting" not in me


def test_a_factor_needs_its_address(optional):
    token = optional.tokens(optional.user())["AccessToken"]
    with refused("InvalidParameterException", "User does not have delivery config set to turn on SMS_MFA"):
        prefer(optional, token, sms=(True, False))


def test_admin_set_user_mfa_preference(optional):
    name = optional.user(email="ann@example.com")
    optional.administer(
        "admin_set_user_mfa_preference", name, EmailMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    found = optional.get(name)
    assert (found["UserMFASettingList"], found["PreferredMfaSetting"]) == (["EMAIL_OTP"], "EMAIL_OTP")
    assert optional.password_auth(name)["ChallengeName"] == "EMAIL_OTP"
    with refused("UserNotFoundException"):
        optional.administer("admin_set_user_mfa_preference", "nobody")


def test_set_user_settings(optional):
    name = optional.user(phone_number="+15550100002")
    token = optional.tokens(name)["AccessToken"]
    by_sms = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    optional.anonymous.set_user_settings(AccessToken=token, MFAOptions=by_sms)
    assert optional.password_auth(name)["ChallengeName"] == "SMS_MFA"
    with refused("InvalidParameterException"):
        optional.anonymous.set_user_settings(
            AccessToken=token, MFAOptions=[{"DeliveryMedium": "EMAIL", "AttributeName": "email"}]
        )


def test_admin_set_user_settings(optional):
    name = optional.user(phone_number="+15550100003")
    by_sms = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    optional.administer("admin_set_user_settings", name, MFAOptions=by_sms)
    assert optional.password_auth(name)["ChallengeName"] == "SMS_MFA"
    optional.administer("admin_set_user_settings", name, MFAOptions=[])
    assert "AuthenticationResult" in optional.password_auth(name)


def test_get_user_auth_factors(optional):
    name, _, token = with_app(optional, email="ann@example.com")
    found = optional.anonymous.get_user_auth_factors(AccessToken=token)
    assert found["Username"] == name
    assert found["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"
    assert set(found["ConfiguredUserAuthFactors"]) == {"PASSWORD", "SOFTWARE_TOKEN"}


def test_admin_get_user_auth_factors(optional):
    name, _, _ = with_app(optional)
    found = optional.administer("admin_get_user_auth_factors", name)
    assert found["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    assert "SOFTWARE_TOKEN" in found["ConfiguredUserAuthFactors"]


def test_admin_delete_software_token(optional):
    name, _, _ = with_app(optional)
    assert optional.password_auth(name)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    optional.administer("admin_delete_software_token", name)
    assert "AuthenticationResult" in optional.password_auth(name)
    assert "UserMFASettingList" not in optional.get(name)


def test_signing_in_with_an_authenticator_app(optional):
    name, authenticator, _ = with_app(optional)
    challenge = optional.password_auth(name)
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert challenge["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "phone"
    with refused("CodeMismatchException", "Code mismatch"):
        second(optional, challenge, name, SOFTWARE_TOKEN_MFA_CODE="000000")
    code = authenticator.code()
    tokens = second(optional, challenge, name, SOFTWARE_TOKEN_MFA_CODE=code)["AuthenticationResult"]
    assert optional.me(tokens["AccessToken"])["Username"] == name
    # Neither the session nor the code works twice.
    with refused("ExpiredCodeException", "Your software token has already been used once."):
        second(optional, challenge, name, SOFTWARE_TOKEN_MFA_CODE=code)
    with refused("ExpiredCodeException"):
        second(optional, optional.password_auth(name), name, SOFTWARE_TOKEN_MFA_CODE=code)
    with refused("NotAuthorizedException", INVALID):
        second(optional, challenge, name, SOFTWARE_TOKEN_MFA_CODE=authenticator.code())


def test_one_code_of_an_app_signs_in_once_however_many_try(optional):
    name, authenticator, _ = with_app(optional)
    challenges = [optional.password_auth(name) for _ in range(3)]
    code = authenticator.code()
    results = at_once(
        *(lambda c=challenge: second(optional, c, name, SOFTWARE_TOKEN_MFA_CODE=code) for challenge in challenges)
    )
    assert results.count(None) == 1, results


@pytest.mark.parametrize("factor, attribute, address", [
    ("sms", "phone_number", "+15550{:06}"), ("email", "email", "u{}@example.com"),
])  # fmt: skip
def test_signing_in_with_a_code_that_is_sent(optional, mailbox, factor, attribute, address):
    to = address.format(abs(hash((optional.pool_id, factor))) % 1_000_000)
    name = optional.user(**{attribute: to})
    prefer(optional, optional.tokens(name)["AccessToken"], **{factor: (True, True)})
    challenge = optional.password_auth(name)
    assert challenge["ChallengeName"] == {"sms": "SMS_MFA", "email": "EMAIL_OTP"}[factor]
    parameters = challenge["ChallengeParameters"]
    assert parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == factor.upper()
    assert to not in parameters["CODE_DELIVERY_DESTINATION"]
    code = mailbox(to)
    answer = {"sms": "SMS_MFA_CODE", "email": "EMAIL_OTP_CODE"}[factor]
    with refused("CodeMismatchException", "Invalid code or auth state for the user."):
        second(optional, challenge, name, **{answer: wrong(code)})
    assert "AuthenticationResult" in second(optional, challenge, name, **{answer: code})
    with refused("NotAuthorizedException", INVALID):
        second(optional, challenge, name, **{answer: code})
    # A code belongs to the sign-in that it was sent for.
    later = optional.password_auth(name)
    with refused("CodeMismatchException"):
        second(optional, later, name, **{answer: code})


def test_who_has_several_factors_chooses(optional, mailbox):
    to = f"{optional.unique('choice')}@example.com"
    name = optional.user(email=to)
    token = optional.tokens(name)["AccessToken"]
    authenticator = register(optional, token)
    prefer(optional, token, software_token=(True, False), email=(True, False))
    choice = optional.password_auth(name)
    assert choice["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(choice["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
    with refused("MFAMethodNotFoundException"):
        second(optional, choice, name, ANSWER="SMS_MFA")
    by_app = second(optional, choice, name, ANSWER="SOFTWARE_TOKEN_MFA")
    assert "AuthenticationResult" in second(
        optional, by_app, name, SOFTWARE_TOKEN_MFA_CODE=authenticator.code()
    )
    choice = optional.password_auth(name)
    by_mail = second(optional, choice, name, ANSWER="EMAIL_MFA")
    assert "AuthenticationResult" in second(optional, by_mail, name, EMAIL_OTP_CODE=mailbox(to))


def test_a_required_factor_is_set_up_at_sign_in(make_app):
    app = make_app()
    require(app, "ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    name = app.user()
    challenge = app.password_auth(name)
    assert challenge["ChallengeName"] == "MFA_SETUP"
    assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
    with refused("InvalidParameterException"):
        second(app, challenge, name)
    associated = app.anonymous.associate_software_token(Session=challenge["Session"])
    authenticator = Authenticator(associated["SecretCode"])
    with refused("EnableSoftwareTokenMFAException"):
        app.anonymous.verify_software_token(Session=associated["Session"], UserCode="000000")
    verified = app.anonymous.verify_software_token(
        Session=associated["Session"], UserCode=authenticator.code()
    )
    done = app.respond("MFA_SETUP", verified["Session"], USERNAME=name)
    assert "AuthenticationResult" in done
    with refused("NotAuthorizedException", INVALID):
        app.respond("MFA_SETUP", verified["Session"], USERNAME=name)
    again = app.password_auth(name)
    assert again["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert "AuthenticationResult" in second(app, again, name, SOFTWARE_TOKEN_MFA_CODE=authenticator.code())


def test_a_temporary_password_comes_before_the_second_factor(make_app, mailbox):
    app = make_app()
    require(app, "ON", EmailMfaConfiguration={})
    to = f"{app.unique('new')}@example.com"
    name = app.invited(email=to)
    challenge = app.password_auth(name, TEMPORARY)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    challenge = second(app, challenge, name, NEW_PASSWORD=PASSWORD)
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    assert "AuthenticationResult" in second(app, challenge, name, EMAIL_OTP_CODE=mailbox(to))


def test_srp_leads_to_the_second_factor_too(optional):
    name, authenticator, _ = with_app(optional)
    challenge, answer = optional.srp_begun(name)
    challenge = optional.respond("PASSWORD_VERIFIER", **answer)
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert "AuthenticationResult" in second(
        optional, challenge, name, SOFTWARE_TOKEN_MFA_CODE=authenticator.code()
    )


def test_guessing_a_second_factor_is_limited_and_the_password_still_works(optional):
    name, authenticator, _ = with_app(optional)
    challenge = optional.password_auth(name)
    for _ in range(5):
        with refused("CodeMismatchException"):
            second(optional, challenge, name, SOFTWARE_TOKEN_MFA_CODE="000000")
    with refused("NotAuthorizedException", "Code attempts exceeded"):
        second(optional, challenge, name, SOFTWARE_TOKEN_MFA_CODE=authenticator.code())
    assert optional.password_auth(name)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_a_session_serves_nobody_else_and_nothing_else(make_app):
    app, other = make_app(), make_app()
    for one in (app, other):
        require(one, "OPTIONAL")
    ann, anns, _ = with_app(app)
    bob, bobs, _ = with_app(app)
    eve, eves, _ = with_app(other)
    challenge = app.password_auth(ann)
    code = bobs.code()
    with refused("NotAuthorizedException", INVALID):
        second(app, challenge, bob, SOFTWARE_TOKEN_MFA_CODE=code)
    with refused("NotAuthorizedException", INVALID):
        second(other, challenge, eve, SOFTWARE_TOKEN_MFA_CODE=eves.code())
    for name, responses in [
        ("SMS_MFA", {"SMS_MFA_CODE": "123456"}),
        ("EMAIL_OTP", {"EMAIL_OTP_CODE": "123456"}),
        ("NEW_PASSWORD_REQUIRED", {"NEW_PASSWORD": "Another-Pass-1"}),
        ("SELECT_MFA_TYPE", {"ANSWER": "SOFTWARE_TOKEN_MFA"}),
        ("SELECT_CHALLENGE", {"ANSWER": "PASSWORD", "PASSWORD": PASSWORD}),
        ("MFA_SETUP", {}),
    ]:
        with refused("NotAuthorizedException", INVALID):
            app.respond(name, challenge["Session"], USERNAME=ann, **responses)
    with refused("NotAuthorizedException", INVALID):
        app.anonymous.associate_software_token(Session=challenge["Session"])
    # A password that changes meanwhile ends the sign-in.
    app.set_password(ann, PASSWORD)
    with refused("NotAuthorizedException", INVALID):
        second(app, challenge, ann, SOFTWARE_TOKEN_MFA_CODE=anns.code())
