"""The files of events/ for second factors do what they were written for; see test_events.py."""

from event_support import covers, load, send, signed_in, with_body


@covers("mfa/basic")
def test_associate_software_token_asks_for_a_token(signed_in):
    assert send("mfa/basic").error == (400, "NotAuthorizedException")
    event = with_body(load("mfa/basic"), AccessToken=signed_in["AccessToken"])
    # The demo pool has no authenticator apps.
    assert send("mfa/basic", event).error == (400, "SoftwareTokenMFANotFoundException")


@covers("admin-mfa/basic")
def test_admin_set_user_mfa_preference_switches_a_factor_off(cognito):
    assert send("admin-mfa/basic").error in ((200, ""), (400, "UserNotFoundException"))


@covers("mfa-settings/basic")
def test_get_user_pool_mfa_config_shows_the_demo_pool_s():
    answer = send("mfa-settings/basic")
    assert answer.status == 200 and answer.body["MfaConfiguration"] == "OFF"


@covers("recovery-codes/basic")
def test_recovery_codes_are_given_to_who_is_signed_in(signed_in):
    event = load("recovery-codes/basic")
    assert send("recovery-codes/basic").error == (400, "NotAuthorizedException")
    event["headers"]["authorization"] = f"Bearer {signed_in['AccessToken']}"
    answer = send("recovery-codes/basic", event)
    assert answer.status == 200 and len(answer.body["RecoveryCodes"]) == 10
