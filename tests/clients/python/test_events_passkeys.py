"""The files of events/ for passkeys do what they were written for; see test_events.py."""

from event_support import covers, load, send, signed_in, with_body


@covers("passkeys/basic")
def test_passkeys_are_listed_for_their_user(signed_in):
    assert send("passkeys/basic").error == (400, "NotAuthorizedException")
    answer = send("passkeys/basic", with_body(load("passkeys/basic"), AccessToken=signed_in["AccessToken"]))
    assert answer.status == 200
    assert answer.body["Credentials"] == []


@covers("passkeys/start")
def test_a_pool_without_passkeys_registers_none(signed_in):
    assert send("passkeys/start").error == (400, "NotAuthorizedException")
    event = with_body(load("passkeys/start"), AccessToken=signed_in["AccessToken"])
    # The demo pool has no passkeys.
    assert send("passkeys/start", event).error == (400, "WebAuthnNotEnabledException")
