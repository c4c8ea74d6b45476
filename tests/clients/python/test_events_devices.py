"""The files of events/ for devices do what they were written for; see test_events.py."""

from event_support import covers, load, send, with_body
from support import make_app
from test_devices import TRACKED, mine, offered, with_device


@covers("devices/basic", "admin-devices/basic")
def test_devices_are_listed_for_their_user_and_for_administrators(make_app):
    app = make_app(TRACKED)
    name, tokens, key = with_device(app)
    assert send("devices/basic").error == (400, "NotAuthorizedException")
    answer = send("devices/basic", with_body(load("devices/basic"), AccessToken=tokens["AccessToken"]))
    assert answer.status == 200
    assert [device["DeviceKey"] for device in answer.body["Devices"]] == [key]

    # The demo pool does not track devices.
    assert send("admin-devices/basic").error[0] == 400
    event = with_body(load("admin-devices/basic"), UserPoolId=app.pool_id, Username=name)
    answer = send("admin-devices/basic", event)
    assert answer.status == 200
    assert [device["DeviceKey"] for device in answer.body["Devices"]] == [key]


@covers("devices/confirm")
def test_a_device_is_confirmed(make_app):
    app = make_app(TRACKED)
    tokens = app.tokens(app.user())
    assert send("devices/confirm").error == (400, "NotAuthorizedException")
    key, _ = offered(tokens)
    event = with_body(load("devices/confirm"), AccessToken=tokens["AccessToken"], DeviceKey=key)
    assert send("devices/confirm", event).status == 200
    assert mine(app, tokens["AccessToken"]) == [key]
