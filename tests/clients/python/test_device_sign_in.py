"""Signing in on a remembered device: it proves itself, and stands for the second factor where the pool says so."""

import base64

import pytest
from mfa_support import prefer, register, require, second
from pycognito.aws_srp import AWSSRP, generate_hash_device, long_to_hex
from support import OTHER_PASSWORD, PASSWORD, at_once, claims, make_app, refused
from test_devices import NO_DEVICE, ON_PROMPT, TRACKED, mine, offered

REPLACING = TRACKED["DeviceConfiguration"]
ASKED = ("NotAuthorizedException", "Invalid session for the user.")


class Phone:
    """A device that a user signed in on and that was confirmed; pycognito does its arithmetic."""

    def __init__(self, app, name, tokens):
        self.app, self.name = app, name
        self.key, self.group = offered(tokens)
        self.password, verifier = generate_hash_device(self.group, self.key)
        app.anonymous.confirm_device(
            AccessToken=tokens["AccessToken"], DeviceKey=self.key, DeviceSecretVerifierConfig=verifier
        )

    def password_auth(self):
        return self.app.initiate(USERNAME=self.name, PASSWORD=PASSWORD, DEVICE_KEY=self.key)

    def begin(self, challenge, **more):
        """Answers DEVICE_SRP_AUTH; returns the answers to DEVICE_PASSWORD_VERIFIER."""
        assert challenge["ChallengeName"] == "DEVICE_SRP_AUTH"
        srp = AWSSRP(
            self.name,
            PASSWORD,
            self.app.pool_id,
            self.app.client_id,
            client=self.app.anonymous,
            device_key=self.key,
            device_group_key=self.group,
            device_password=self.password,
        )
        responses = {"USERNAME": self.name, "DEVICE_KEY": self.key, "SRP_A": long_to_hex(srp.large_a_value)}
        asked = self.app.respond("DEVICE_SRP_AUTH", challenge["Session"], **responses | more)
        assert asked["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
        return srp.process_device_challenge(asked["ChallengeParameters"])

    def verify(self, answers, **more):
        return self.app.respond("DEVICE_PASSWORD_VERIFIER", **answers | more)["AuthenticationResult"]

    def sign_in(self):
        """Signs in by password and proves the device; returns the tokens."""
        return self.verify(self.begin(self.password_auth()))


@pytest.fixture
def phone(make_app):
    app = make_app(TRACKED)
    name = app.user()
    return Phone(app, name, app.tokens(name))


def with_authenticator(make_app, **device):
    """A pool with second factors, a user who has switched an authenticator app on, and the app."""
    app = make_app({"DeviceConfiguration": REPLACING | device})
    require(app, "OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True})
    name = app.user()
    access = app.tokens(name)["AccessToken"]
    authenticator = register(app, access)
    prefer(app, access, software_token=(True, True))
    return app, name, authenticator


def second_factor(app, name, challenge, code):
    assert challenge.get("ChallengeName") == "SOFTWARE_TOKEN_MFA", challenge
    return second(app, challenge, name, SOFTWARE_TOKEN_MFA_CODE=code)


def test_a_remembered_device_proves_itself(phone):
    tokens = phone.sign_in()
    assert claims(tokens["AccessToken"])["device_key"] == phone.key
    assert "NewDeviceMetadata" not in tokens
    renewed = phone.app.refresh(tokens["RefreshToken"])
    assert claims(renewed["AccessToken"])["device_key"] == phone.key
    device = phone.app.anonymous.get_device(AccessToken=tokens["AccessToken"], DeviceKey=phone.key)["Device"]
    assert device["DeviceLastAuthenticatedDate"] > device["DeviceCreateDate"]


def test_a_remembered_device_proves_itself_after_srp_and_for_administrators(phone):
    app, name = phone.app, phone.name
    srp = app.srp(name)
    parameters = srp.get_auth_params() | {"DEVICE_KEY": phone.key}
    begun = app.initiate("USER_SRP_AUTH", **parameters)
    answers = srp.process_challenge(begun["ChallengeParameters"], parameters) | {"DEVICE_KEY": phone.key}
    tokens = phone.verify(phone.begin(app.respond("PASSWORD_VERIFIER", **answers)))
    assert claims(tokens["AccessToken"])["device_key"] == phone.key

    begun = app.admin_initiate(USERNAME=name, PASSWORD=PASSWORD, DEVICE_KEY=phone.key)
    assert begun["ChallengeName"] == "DEVICE_SRP_AUTH"
    # What the signed operations began, the public ones do not go on with.
    with refused(*ASKED):
        phone.begin(begun)


def test_without_its_key_a_sign_in_is_on_a_new_device(phone):
    tokens = phone.app.tokens(phone.name)
    assert offered(tokens)[0] != phone.key
    assert mine(phone.app, tokens["AccessToken"]) == [phone.key]


def test_a_device_that_is_not_the_user_s_is_unknown(phone):
    app = phone.app
    stranger = app.user()
    elsewhere = phone.app.pool_id.partition("_")[0] + "_0b2d6f0e-8f0c-4c1e-9d4b-5c8f2a0b7e11"
    for name, key in ((stranger, phone.key), (phone.name, elsewhere), (phone.name, "no key")):
        with refused(*NO_DEVICE):
            app.initiate(USERNAME=name, PASSWORD=PASSWORD, DEVICE_KEY=key)
    # Who does not know the password is told nothing of devices.
    for key in (phone.key, elsewhere):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            app.initiate(USERNAME=phone.name, PASSWORD=OTHER_PASSWORD, DEVICE_KEY=key)


def test_a_forged_proof_is_refused(phone):
    answers = phone.begin(phone.password_auth())
    wrong = base64.b64encode(bytes(32)).decode()
    for change in ({"PASSWORD_CLAIM_SIGNATURE": wrong}, {"TIMESTAMP": "Sun Nov 22 21:04:54 UTC 2026"}):
        with refused("NotAuthorizedException"):
            phone.verify(answers, **change)
    with refused("InvalidParameterException"):
        phone.verify(answers, TIMESTAMP="yesterday")
    # The device's password is another one.
    phone.password = "guessed"
    with refused("NotAuthorizedException", "Incorrect username or password."):
        phone.sign_in()


def test_a_proof_works_once(phone):
    answers = phone.begin(phone.password_auth())
    assert at_once(*[lambda: phone.verify(answers)] * 3).count(None) == 1
    with refused(*ASKED):
        phone.verify(answers)


def test_sessions_of_devices_are_not_exchanged(phone, make_app):
    app = phone.app
    challenge = phone.password_auth()
    other = Phone(app, phone.name, app.tokens(phone.name))
    stranger = app.user()
    theirs = Phone(app, stranger, app.tokens(stranger))

    # Another device of the user, a device of somebody else: not for the session of this one.
    for device in (other, theirs):
        with refused(*ASKED):
            device.begin(challenge)
    for change in ({"USERNAME": stranger}, {"DEVICE_KEY": other.key}):
        with refused(*ASKED):
            phone.begin(challenge, **change)
    # Nor an answer that another device gives.
    answers, of_other = phone.begin(challenge), other.begin(other.password_auth())
    with refused("NotAuthorizedException"):
        phone.verify(answers, PASSWORD_CLAIM_SECRET_BLOCK=of_other["PASSWORD_CLAIM_SECRET_BLOCK"])
    with refused(*ASKED):
        phone.verify(of_other, DEVICE_KEY=phone.key)
    # A step is not skipped, nor a session of one step used for another.
    with refused("NotAuthorizedException"):
        app.respond("DEVICE_PASSWORD_VERIFIER", **answers | {"PASSWORD_CLAIM_SECRET_BLOCK": challenge["Session"]})
    with refused(*ASKED):
        app.respond(
            "NEW_PASSWORD_REQUIRED", challenge["Session"], USERNAME=phone.name, NEW_PASSWORD=OTHER_PASSWORD
        )
    with refused("InvalidParameterException"):
        app.respond("DEVICE_SRP_AUTH", USERNAME=phone.name, DEVICE_KEY=phone.key, SRP_A="2")
    # Another pool's session is no session here.
    elsewhere = make_app(TRACKED)
    name = elsewhere.user(phone.name)
    theirs = Phone(elsewhere, name, elsewhere.tokens(name))
    with refused(*ASKED):
        phone.begin({"ChallengeName": "DEVICE_SRP_AUTH", "Session": theirs.password_auth()["Session"]})
    assert phone.verify(answers)["AccessToken"]


def test_what_changes_in_between_ends_a_proof(phone):
    app, name = phone.app, phone.name
    access = app.tokens(name)["AccessToken"]
    begun, answers = phone.password_auth(), phone.begin(phone.password_auth())
    status = {"AccessToken": access, "DeviceKey": phone.key}
    app.anonymous.update_device_status(**status, DeviceRememberedStatus="not_remembered")
    with refused(*NO_DEVICE):
        phone.verify(answers)
    app.anonymous.update_device_status(**status, DeviceRememberedStatus="remembered")
    app.anonymous.forget_device(**status)
    with refused(*NO_DEVICE):
        phone.begin(begun)
    with refused(*NO_DEVICE):
        phone.verify(answers)

    phone = Phone(app, name, app.tokens(name))
    answers = phone.begin(phone.password_auth())
    app.set_password(name, OTHER_PASSWORD)
    with refused(*ASKED):
        phone.verify(answers)


def test_a_device_that_is_not_remembered_is_known_but_not_asked(make_app):
    app = make_app(ON_PROMPT)
    name = app.user()
    phone = Phone(app, name, app.tokens(name))
    tokens = phone.password_auth()["AuthenticationResult"]
    assert claims(tokens["AccessToken"])["device_key"] == phone.key
    assert "NewDeviceMetadata" not in tokens
    app.administer("admin_update_device_status", name, DeviceKey=phone.key, DeviceRememberedStatus="remembered")
    assert claims(phone.sign_in()["AccessToken"])["device_key"] == phone.key


def test_a_refresh_token_is_of_its_device(phone):
    tokens = phone.sign_in()
    app = phone.app
    refresh = tokens["RefreshToken"]
    renewed = app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=refresh, DEVICE_KEY=phone.key)
    assert claims(renewed["AuthenticationResult"]["AccessToken"])["device_key"] == phone.key
    other = offered(app.tokens(phone.name))[0]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=refresh, DEVICE_KEY=other)


def test_a_remembered_device_stands_for_the_second_factor(make_app):
    app, name, authenticator = with_authenticator(make_app)
    first = second_factor(app, name, app.password_auth(name), authenticator.code())["AuthenticationResult"]
    phone = Phone(app, name, first)
    assert claims(phone.sign_in()["AccessToken"])["device_key"] == phone.key
    # On no device, on another one, or on this one without a proof, the second factor is asked for.
    assert app.password_auth(name)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    app.administer("admin_update_device_status", name, DeviceKey=phone.key, DeviceRememberedStatus="not_remembered")
    assert phone.password_auth()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    app.administer("admin_update_device_status", name, DeviceKey=phone.key, DeviceRememberedStatus="remembered")
    challenge = phone.password_auth()
    with refused(*ASKED):
        second_factor(app, name, {**challenge, "ChallengeName": "SOFTWARE_TOKEN_MFA"}, authenticator.code())
    phone.password = "guessed"
    with refused("NotAuthorizedException", "Incorrect username or password."):
        phone.verify(phone.begin(challenge))


def test_where_the_pool_does_not_say_so_a_device_replaces_nothing(make_app):
    app, name, authenticator = with_authenticator(make_app, ChallengeRequiredOnNewDevice=False)
    first = second_factor(app, name, app.password_auth(name), authenticator.code())["AuthenticationResult"]
    phone = Phone(app, name, first)
    # First the user, then the device.
    begun = [phone.password_auth() for _ in range(2)]
    code = authenticator.code()
    challenges = [second_factor(app, name, challenge, code) for challenge in begun]
    answers = [phone.begin(challenge) for challenge in challenges]
    assert claims(phone.verify(answers[0])["AccessToken"])["device_key"] == phone.key
    # The code of the authenticator app was used up, though the device came after it.
    with refused("TooManyRequestsException"):
        phone.verify(answers[1])
    with refused("ExpiredCodeException"):
        second_factor(app, name, phone.password_auth(), code)
