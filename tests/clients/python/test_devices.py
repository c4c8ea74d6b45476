"""Devices: confirmed by who signed in on them, remembered, listed and forgotten; pycognito makes their verifiers."""

import base64

import pytest
from boto3.dynamodb.conditions import Key
from pycognito.aws_srp import generate_hash_device
from support import at_once, claims, make_app, refused, table

TRACKED = {"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}}
ON_PROMPT = {"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": True}}
NO_DEVICE = ("ResourceNotFoundException", "Device does not exist.")
NOT_TRACKED = ("InvalidUserPoolConfigurationException", "Device tracking is not enabled for the user pool.")


def offered(tokens):
    """The key and the group key that a sign-in offered a new device."""
    metadata = tokens["NewDeviceMetadata"]
    return metadata["DeviceKey"], metadata["DeviceGroupKey"]


def confirm(app, tokens, name="Ann's phone", **more):
    """Confirms the device that a sign-in was offered; returns its key and the answer."""
    key, group = offered(tokens)
    _, verifier = generate_hash_device(group, key)
    request = {"DeviceKey": key, "DeviceName": name, "DeviceSecretVerifierConfig": verifier} | more
    return key, app.anonymous.confirm_device(AccessToken=tokens["AccessToken"], **request)


def with_device(app, name=None):
    """A user with one confirmed device; returns the user, the tokens and the device's key."""
    name = name or app.user()
    tokens = app.tokens(name)
    key, _ = confirm(app, tokens)
    return name, tokens, key


def shown(device):
    """A device's attributes by name."""
    return {attribute["Name"]: attribute["Value"] for attribute in device["DeviceAttributes"]}


def mine(app, access_token, **more):
    """The keys of the user's devices."""
    found = app.anonymous.list_devices(AccessToken=access_token, **more)
    return [device["DeviceKey"] for device in found["Devices"]]


def test_a_sign_in_offers_a_key_only_where_the_pool_tracks_devices(make_app):
    app = make_app(TRACKED)
    assert app.pool["DeviceConfiguration"] == TRACKED["DeviceConfiguration"]
    name = app.user()
    one, other = app.tokens(name), app.srp_auth(name)
    for tokens in (one, other):
        key, group = offered(tokens)
        region, _, identifier = key.partition("_")
        assert region == app.pool_id.partition("_")[0] and len(identifier) == 36
        assert group.startswith("-")
        assert claims(tokens["AccessToken"])["device_key"] == key
        assert "device_key" not in claims(tokens["IdToken"])
    assert offered(one)[0] != offered(other)[0] and offered(one)[1] == offered(other)[1]
    # A renewed token is of the same device; nothing is offered a second time.
    renewed = app.refresh(one["RefreshToken"])
    assert claims(renewed["AccessToken"])["device_key"] == offered(one)[0]
    assert "NewDeviceMetadata" not in renewed
    # Offered is not kept.
    assert mine(app, one["AccessToken"]) == []

    app.cognito.update_user_pool(UserPoolId=app.pool_id)
    untracked = make_app()
    tokens = untracked.tokens(untracked.user())
    assert "NewDeviceMetadata" not in tokens
    assert "device_key" not in claims(tokens["AccessToken"])


def test_confirm_device(make_app):
    app = make_app(TRACKED)
    name = app.user()
    tokens = app.tokens(name)
    key, answer = confirm(app, tokens)
    assert answer["UserConfirmationNecessary"] is False
    assert mine(app, tokens["AccessToken"]) == [key]
    with refused("DeviceKeyExistsException"):
        confirm(app, tokens)

    # Only the sign-in that was offered the key confirms it: not another one of the same user, nor another user's.
    stranger = app.tokens(app.user())
    for other in (app.tokens(name), stranger):
        for device in (key, offered(stranger)[0] if other is not stranger else offered(app.tokens(name))[0]):
            with refused("InvalidParameterException", "Invalid device key given."):
                confirm(app, other, DeviceKey=device)
    assert mine(app, stranger["AccessToken"]) == []


@pytest.mark.parametrize(
    "verifier",
    [
        {},
        {"Salt": "AAE=", "PasswordVerifier": ""},
        {"Salt": "", "PasswordVerifier": base64.b64encode(b"\x09" * 384).decode()},
        {"Salt": "AAE=", "PasswordVerifier": "no base64"},
        # No password would be needed against these two.
        {"Salt": "AAE=", "PasswordVerifier": "AA=="},
        {"Salt": "AAE=", "PasswordVerifier": "AQ=="},
        {"Salt": "AAE=", "PasswordVerifier": base64.b64encode(b"\xff" * 384).decode()},
    ],
    ids=["none", "empty", "no-salt", "text", "zero", "one", "too-large"],
)
def test_a_device_needs_a_verifier(make_app, verifier):
    app = make_app(TRACKED)
    tokens = app.tokens(app.user())
    with refused("InvalidParameterException", "Invalid device secret verifier configuration."):
        confirm(app, tokens, DeviceSecretVerifierConfig=verifier)
    assert mine(app, tokens["AccessToken"]) == []


def test_of_two_confirmations_at_once_one_counts(make_app):
    app = make_app(TRACKED)
    tokens = app.tokens(app.user())
    results = at_once(*[lambda: confirm(app, tokens)] * 4)
    assert results.count(None) == 1
    assert {result[0] for result in results if result} <= {"DeviceKeyExistsException", "TooManyRequestsException"}


def test_get_device(make_app):
    app = make_app(TRACKED)
    _, tokens, key = with_device(app)
    device = app.anonymous.get_device(AccessToken=tokens["AccessToken"], DeviceKey=key)["Device"]
    assert device["DeviceKey"] == key
    assert shown(device) == {"device_status": "valid", "device_name": "Ann's phone"}
    assert device["DeviceCreateDate"] == device["DeviceLastModifiedDate"] == device["DeviceLastAuthenticatedDate"]
    stranger = app.tokens(app.user())["AccessToken"]
    for token, asked in ((stranger, key), (tokens["AccessToken"], offered(app.tokens(app.user()))[0])):
        with refused(*NO_DEVICE):
            app.anonymous.get_device(AccessToken=token, DeviceKey=asked)
    with refused("NotAuthorizedException"):
        app.anonymous.get_device(DeviceKey=key)


def test_list_devices(make_app):
    app = make_app(TRACKED)
    name = app.user()
    signed_in = [app.tokens(name) for _ in range(3)]
    keys = sorted(confirm(app, tokens)[0] for tokens in signed_in)
    access = signed_in[0]["AccessToken"]
    assert mine(app, access) == keys
    page = app.anonymous.list_devices(AccessToken=access, Limit=2)
    rest = app.anonymous.list_devices(AccessToken=access, Limit=2, PaginationToken=page["PaginationToken"])
    assert [device["DeviceKey"] for device in page["Devices"] + rest["Devices"]] == keys
    assert "PaginationToken" not in rest
    with refused("InvalidParameterException"):
        app.anonymous.list_devices(AccessToken=access, PaginationToken="elsewhere")


def test_update_device_status(make_app):
    app = make_app(ON_PROMPT)
    name = app.user()
    tokens = app.tokens(name)
    key, answer = confirm(app, tokens)
    assert answer["UserConfirmationNecessary"] is True
    access = tokens["AccessToken"]

    def status():
        device = app.administer("admin_get_device", name, DeviceKey=key)["Device"]
        return shown(device)["dev:device_remembered_status"]

    assert status() == "not_remembered"
    for wanted in ("remembered", "not_remembered"):
        app.anonymous.update_device_status(AccessToken=access, DeviceKey=key, DeviceRememberedStatus=wanted)
        assert status() == wanted
    with refused("InvalidParameterException"):
        app.anonymous.update_device_status(AccessToken=access, DeviceKey=key)
    stranger = app.tokens(app.user())["AccessToken"]
    with refused(*NO_DEVICE):
        app.anonymous.update_device_status(
            AccessToken=stranger, DeviceKey=key, DeviceRememberedStatus="remembered"
        )
    assert status() == "not_remembered"


def test_forget_device(make_app):
    app = make_app(TRACKED)
    name, tokens, key = with_device(app)
    stranger = app.tokens(app.user())["AccessToken"]
    with refused(*NO_DEVICE):
        app.anonymous.forget_device(AccessToken=stranger, DeviceKey=key)
    app.anonymous.forget_device(AccessToken=tokens["AccessToken"], DeviceKey=key)
    assert mine(app, tokens["AccessToken"]) == []
    with refused(*NO_DEVICE):
        app.anonymous.forget_device(AccessToken=tokens["AccessToken"], DeviceKey=key)
    # Its tokens are its user's as before.
    assert app.me(tokens["AccessToken"])["Username"] == name


def test_admin_get_device(make_app):
    app = make_app(TRACKED)
    name, _, key = with_device(app)
    device = app.administer("admin_get_device", name, DeviceKey=key)["Device"]
    assert device["DeviceKey"] == key
    assert shown(device) == {
        "device_status": "valid",
        "device_name": "Ann's phone",
        "dev:device_remembered_status": "remembered",
    }
    with refused(*NO_DEVICE):
        app.administer("admin_get_device", app.user(), DeviceKey=key)


def test_admin_list_devices(make_app):
    app = make_app(TRACKED)
    name, _, one = with_device(app)
    other = with_device(app, name)[2]
    found = app.administer("admin_list_devices", name)
    assert [device["DeviceKey"] for device in found["Devices"]] == sorted([one, other])
    assert app.administer("admin_list_devices", app.user())["Devices"] == []


def test_admin_update_device_status(make_app):
    app = make_app(TRACKED)
    name, _, key = with_device(app)
    app.administer("admin_update_device_status", name, DeviceKey=key, DeviceRememberedStatus="not_remembered")
    device = app.administer("admin_get_device", name, DeviceKey=key)["Device"]
    assert shown(device)["dev:device_remembered_status"] == "not_remembered"
    with refused(*NO_DEVICE):
        app.administer(
            "admin_update_device_status", app.user(), DeviceKey=key, DeviceRememberedStatus="remembered"
        )


def test_admin_forget_device(make_app):
    app = make_app(TRACKED)
    name, tokens, key = with_device(app)
    with refused(*NO_DEVICE):
        app.administer("admin_forget_device", app.user(), DeviceKey=key)
    app.administer("admin_forget_device", name, DeviceKey=key)
    assert mine(app, tokens["AccessToken"]) == []
    with refused(*NO_DEVICE):
        app.administer("admin_forget_device", name, DeviceKey=key)


def test_without_tracking_there_are_no_devices(make_app):
    app = make_app(TRACKED)
    name, tokens, key = with_device(app)
    untracked = make_app()
    token = untracked.tokens(untracked.user())["AccessToken"]
    for call in (
        lambda: app.anonymous.list_devices(AccessToken=token),
        lambda: app.anonymous.get_device(AccessToken=token, DeviceKey=key),
        lambda: app.anonymous.confirm_device(AccessToken=token, DeviceKey=key),
        lambda: untracked.administer("admin_list_devices", untracked.user()),
    ):
        with refused(*NOT_TRACKED):
            call()
    # A token of this pool is not one of the other's.
    assert mine(app, tokens["AccessToken"]) == [key]


def test_who_takes_the_name_has_none_of_the_devices(make_app, table):
    app = make_app(TRACKED)
    name, _, key = with_device(app)
    place = {"PK": f"USER#{app.pool_id}#{name}", "SK": f"TRACKED_DEVICE#{key}"}
    left = table.get_item(Key=place)["Item"]
    # The verifier is sealed: nothing of what the device sent is to be read.
    assert set(left) == {
        "PK", "SK", "key", "sub", "name", "verifier", "remembered", "created_at", "modified_at", "authenticated_at",
    }  # fmt: skip
    app.administer("admin_delete_user", name)
    assert "Item" not in table.get_item(Key=place)

    # As if the sweep had been cut short.
    table.put_item(Item=left)
    app.user(name)
    heir = app.tokens(name)["AccessToken"]
    assert mine(app, heir) == []
    with refused(*NO_DEVICE):
        app.anonymous.get_device(AccessToken=heir, DeviceKey=key)
    with refused(*NO_DEVICE):
        app.anonymous.forget_device(AccessToken=heir, DeviceKey=key)


def test_devices_go_with_the_pool(make_app, table):
    app = make_app(TRACKED)
    name, _, _ = with_device(app)
    app.cognito.delete_user_pool(UserPoolId=app.pool_id)
    partition = Key("PK").eq(f"USER#{app.pool_id}#{name}")
    assert table.query(KeyConditionExpression=partition)["Items"] == []
