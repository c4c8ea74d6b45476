"""A few users, groups and addresses, and whoever does everything to them: steps that are drawn by dice."""

import random
import time
from collections import Counter
from dataclasses import dataclass
from threading import Lock

from botocore.exceptions import ClientError
from one_order import Life, Register, Span
from pycognito.aws_srp import generate_hash_device
from soft_passkey import registration
from support import PASSWORD, TEMPORARY, claims, named, refusal

SITE = "example.com"
BUSY = "TooManyRequestsException"
# What may be told to whom another one was faster, or who comes too often.
REASONS = {
    BUSY,
    "AliasExistsException",
    "CodeMismatchException",
    "DeviceKeyExistsException",
    "ExpiredCodeException",
    "GroupExistsException",
    "InvalidParameterException",
    "LimitExceededException",
    "NotAuthorizedException",
    "PasswordResetRequiredException",
    "ResourceNotFoundException",
    "UserNotConfirmedException",
    "UserNotFoundException",
    "UsernameExistsException",
    "WebAuthnChallengeNotFoundException",
}
# Guards of what is limited by the hour.
HOURLY = ("forgot_password", "confirm_forgot_password", "change_password", "attribute_code", "verify_attribute")


@dataclass
class History:
    """How many creations and deletions have succeeded."""

    created: int = 0
    deleted: int = 0

    def check(self, what, there):
        """Creations and deletions take turns in some order, and the last one says whether it is there."""
        told = f"{what}: {self.created} creations, {self.deleted} deletions, there: {there}"
        assert self.created - self.deleted == there, told


class Name:
    """A user name: what is known of whoever has it."""

    def __init__(self, name):
        self.name = name
        self.password, self.enabled, self.email = Register(), Register(), Register()
        # What ends every sign-in of the name, and what may keep a sign-in from being used besides.
        self.endings, self.hindrances = [], []


class SignIn:
    """The tokens of one sign-in."""

    def __init__(self, name, tokens, born):
        self.name, self.access, self.refresh = name, tokens["AccessToken"], tokens["RefreshToken"]
        self.device = tokens.get("NewDeviceMetadata")
        self.sub = claims(self.access)["sub"]
        self.life, self.endings = Life(born), []

    def misfits(self):
        spans = self.name.endings + self.endings
        sure = Life(self.life.born)
        sure.uses = self.life.uses
        yield from sure.misfits(spans)
        may = Life(self.life.born)
        may.refusals = self.life.refusals
        yield from may.misfits(spans + self.name.hindrances)


class Ended:
    """A request that ends sign-ins: in the lists of those while it lasts, and afterwards if it was not refused."""

    def __init__(self, by, *lists):
        self.span, self.lists = Span(by=by), lists

    def __enter__(self):
        for ends in self.lists:
            ends.append(self.span)
        return self.span

    def __exit__(self, kind, *_):
        self.span.end = time.monotonic()
        if kind is not None:
            for ends in self.lists:
                ends.remove(self.span)


class Crowd:
    def __init__(self, app, table, mailbox, mark):
        self.app, self.table, self.mailbox = app, table, mailbox
        self.names = [Name(f"{mark}-{letter}") for letter in "abc"]
        self.groups = [f"{mark}-{letter}" for letter in "xy"]
        self.emails = [f"{mark}-{number}@example.com" for number in range(3)]
        self.history = {name.name: History() for name in self.names} | {group: History() for group in self.groups}
        self.sign_ins, self.lock = [], Lock()
        self.told, self.codes, self.keys = Counter(), Counter(), Counter()

    # Users come and go

    def create(self, dice):
        name, email = dice.choice(self.names), dice.choice(self.emails)
        attributes = named({"email": email, "email_verified": dice.choice(["true", "false"])})
        with name.password.write(None, "create"), name.enabled.write(True, "create"), name.email.write(email, "create"):
            self.app.administer(
                "admin_create_user", name.name, MessageAction="SUPPRESS", UserAttributes=attributes,
                TemporaryPassword=TEMPORARY, ForceAliasCreation=dice.random() < 0.5,
            )  # fmt: skip
            with self.lock:
                self.history[name.name].created += 1
        self.set_password(dice, name)

    def sign_up(self, dice):
        name, email, password = dice.choice(self.names), dice.choice(self.emails), self.new_password(dice)
        with name.password.write(password, "sign up"), name.enabled.write(True, "sign up"):
            with name.email.write(email, "sign up"):
                self.app.sign_up(name.name, password, {"email": email})
            with self.lock:
                self.history[name.name].created += 1
        self.app.administer("admin_confirm_sign_up", name.name)

    def delete(self, dice):
        name = dice.choice(self.names)
        with name.password.write(None, "delete"), name.enabled.write(False, "delete"), name.email.write(None, "delete"):
            with Ended("delete", name.endings):
                self.app.administer("admin_delete_user", name.name)
            with self.lock:
                self.history[name.name].deleted += 1

    def disable(self, dice):
        name = dice.choice(self.names)
        with name.enabled.write(False, "disable"), Ended("disable", name.endings):
            self.app.administer("admin_disable_user", name.name)
        self.enable(dice, name)

    def enable(self, dice, name=None):
        name = name or dice.choice(self.names)
        with name.enabled.write(True, "enable"):
            self.app.administer("admin_enable_user", name.name)

    # Passwords

    @staticmethod
    def new_password(dice):
        return f"{PASSWORD}-{dice.getrandbits(60):x}"

    def set_password(self, dice, name=None):
        name, password = name or dice.choice(self.names), self.new_password(dice)
        with name.password.write(password, "set password"):
            self.app.set_password(name.name, password)

    def change_password(self, dice):
        """Who is signed in changes their own: what was the password before is proved by it."""
        own = self.sign_in_of(dice)
        previous, password = own.name.password.latest() or PASSWORD, self.new_password(dice)
        with own.name.password.write(password, "change password") as span:
            self.app.change_password(own.access, previous, password)
        own.name.password.read(previous, span)

    def reset(self, dice):
        """Until the user has chosen another one nobody signs in."""
        name = dice.choice(self.names)
        with name.password.write(None, "reset"), Ended("reset", name.hindrances):
            self.app.administer("admin_reset_user_password", name.name)

    def forget(self, dice):
        """Asks for a code, and sets a password by it; the same code once more, which must not work."""
        name = dice.choice(self.names)
        email = name.email.latest() or dice.choice(self.emails)
        self.app.forgot(name.name)
        code = self.code(email)
        issued, password = Span(by="forgot"), self.new_password(dice)
        issued.end = time.monotonic()
        with name.password.write(password, "confirm forgot") as span:
            self.app.confirm_forgot(name.name, code, password)
        with self.lock:
            self.codes[name.name, code] += 1
        # A code that resets is void once the password was set in another way.
        since = [write for write in name.password.written() if issued.before(write) and write.before(span)]
        assert not since, f"a code worked after {since}"
        told = refusal(self.app.confirm_forgot, name.name, code, self.new_password(dice))
        assert told, "a code worked twice"

    def code(self, email):
        codes = [message["code"] for message in self.mailbox.messages(email) if message["code"]]
        return codes[0] if codes else "000000"

    # Sign-ins

    def sign_in(self, dice):
        name = dice.choice(self.names)
        password = name.password.latest() or PASSWORD
        earlier = [write.value for write in name.password.written() if write.value]
        if earlier and dice.random() < 0.1:
            password = dice.choice(earlier)
        span = Span(by="sign in")
        tokens = self.app.tokens(name.name, password)
        span.end = time.monotonic()
        name.password.read(password, span)
        name.enabled.read(True, span)
        with self.lock:
            self.sign_ins.append(SignIn(name, tokens, span))
            self.keys["session", self.sign_ins[-1].sub] += 1

    def sign_in_of(self, dice):
        """One of the sign-ins, more often a late one."""
        with self.lock:
            if not self.sign_ins:
                raise ClientError({"Error": {"Code": "NotAuthorizedException"}}, "nobody is signed in")
            return dice.choice(self.sign_ins[-8:] if dice.random() < 0.8 else self.sign_ins)

    def used(self, own, by, action):
        """Uses a sign-in, and keeps what was told."""
        span = Span(by=by)
        told = refusal(action)
        span.end = time.monotonic()
        if told is None:
            own.life.uses.append(span)
        elif told[0] != BUSY:
            own.life.refusals.append(span)
        return told

    def renew(self, dice):
        own = self.sign_in_of(dice)
        self.used(own, "renew", lambda: self.app.refresh(own.refresh))

    def look(self, dice):
        own = self.sign_in_of(dice)
        self.used(own, "get user", lambda: self.app.me(own.access))

    def revoke(self, dice):
        own = self.sign_in_of(dice)
        with Ended("revoke", own.endings):
            self.app.anonymous.revoke_token(ClientId=self.app.client_id, Token=own.refresh)
        told = refusal(self.app.refresh, own.refresh)
        assert told and told[0] != "InternalErrorException", "a revoked token gives tokens"

    def end_session(self, dice):
        """Who is signed in ends one of their sign-ins, or an administrator does."""
        own = self.sign_in_of(dice)
        with self.lock:
            others = [other for other in self.sign_ins if other.name is own.name]
        other = dice.choice(others)
        number = int(claims(other.access)["origin_jti"].replace("-", ""), 16)
        session = {"SessionId": f"tkn{base36(number)}"}
        with Ended("end session", other.endings):
            if dice.random() < 0.5:
                self.app.anonymous.revoke_user_session(AccessToken=own.access, **session)
            else:
                self.app.administer("admin_revoke_user_session", own.name.name, **session)

    def leave(self, dice):
        """Signs out everywhere, by which the token itself has ended."""
        own = self.sign_in_of(dice)
        with Ended("sign out", own.name.endings) as span:
            self.app.anonymous.global_sign_out(AccessToken=own.access)
        own.life.uses.append(Span(span.begin, span.end, by="sign out"))
        assert refusal(self.app.me, own.access), "a token works after its user signed out everywhere"

    def sign_out(self, dice):
        name = dice.choice(self.names)
        with Ended("admin sign out", name.endings):
            self.app.administer("admin_user_global_sign_out", name.name)

    # Addresses, devices, passkeys

    def change_address(self, dice):
        name, email = dice.choice(self.names), dice.choice(self.emails)
        with name.email.write(email, "change address"):
            self.app.admin_update(name.name, {"email": email, "email_verified": dice.choice(["true", "false"])})

    def verify_address(self, dice):
        """A code is of use for the address alone that it was sent to."""
        own = self.sign_in_of(dice)
        email = own.name.email.latest() or dice.choice(self.emails)
        self.app.ask_code(own.access)
        code, span = self.code(email), Span(by="verify")
        self.app.verify(own.access, code)
        own.name.email.read(email, span)
        with self.lock:
            self.codes[own.name.name, code] += 1

    def confirm_device(self, dice):
        own = self.sign_in_of(dice)
        offered = own.device
        _, verifier = generate_hash_device(offered["DeviceGroupKey"], offered["DeviceKey"])
        self.app.anonymous.confirm_device(
            AccessToken=own.access, DeviceKey=offered["DeviceKey"], DeviceSecretVerifierConfig=verifier
        )
        with self.lock:
            self.keys["device", own.sub] += 1

    def add_passkey(self, dice):
        own = self.sign_in_of(dice)
        with self.lock:
            self.keys["registration", own.sub] += 1
        options = self.app.anonymous.start_web_authn_registration(AccessToken=own.access)["CredentialCreationOptions"]
        credential = registration(options, f"https://{SITE}")
        self.app.anonymous.complete_web_authn_registration(AccessToken=own.access, Credential=credential)
        with self.lock:
            self.keys["passkey", own.sub] += 1

    # Groups

    def create_group(self, dice):
        group = dice.choice(self.groups)
        self.app.create_group(group)
        with self.lock:
            self.history[group].created += 1

    def delete_group(self, dice):
        group = dice.choice(self.groups)
        self.app.cognito.delete_group(UserPoolId=self.app.pool_id, GroupName=group)
        with self.lock:
            self.history[group].deleted += 1

    def join(self, dice):
        self.app.join(dice.choice(self.names).name, dice.choice(self.groups))

    def part(self, dice):
        self.app.administer(
            "admin_remove_user_from_group", dice.choice(self.names).name, GroupName=dice.choice(self.groups)
        )

    def an_hour_passes(self, dice):
        """Nobody waits for limits of an hour."""
        name = dice.choice(self.names).name
        for guard in HOURLY:
            self.table.delete_item(Key={"PK": f"USER#{self.app.pool_id}#{name}", "SK": f"GUARD#{guard}"})

    WEIGHTS = {
        create: 3, sign_up: 2, delete: 2, disable: 1, enable: 1, set_password: 2, change_password: 2, reset: 1,
        forget: 2, sign_in: 6, renew: 3, look: 2, revoke: 1, end_session: 1, leave: 1, sign_out: 1,
        change_address: 3, verify_address: 2, confirm_device: 1, add_passkey: 1, create_group: 2, delete_group: 1,
        join: 4, part: 1, an_hour_passes: 1,
    }  # fmt: skip

    def walk(self, seed, steps):
        dice = random.Random(seed)
        for _ in range(steps):
            [step] = dice.choices(list(self.WEIGHTS), self.WEIGHTS.values())
            try:
                step(self, dice)
                told = step.__name__
            except ClientError as error:
                told = error.response["Error"]["Code"]
            with self.lock:
                self.told[told] += 1

    def misfits(self):
        """All that fits no order."""
        for name in self.names:
            for what in ("password", "enabled", "email"):
                for misfit in getattr(name, what).misfits():
                    yield f"{what} of {name.name}: {misfit}"
        for sign_in in self.sign_ins:
            for misfit in sign_in.misfits():
                yield f"sign-in of {sign_in.name.name}: {misfit}"
        for (name, code), times in self.codes.items():
            if times > 1:
                yield f"a code of {name} worked {times} times"


def base36(number):
    """The UUID of a session, as its public id has it: 25 digits."""
    digits = ""
    for _ in range(25):
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits
