"""A few users, and many who do everything to them at once: what was told must fit one order, and the table must agree.

What holds in any order:
- a refresh token that was revoked, and a token whose user signed out everywhere, gives nothing afterwards;
- of creations of one user or group between two deletions one succeeds;
- who is deleted is gone from every name, group and count, and with the user all tokens.

Dice are seeded; GATEHOUSE_HISTORIES says how many steps each takes (25).
"""

import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from botocore.exceptions import ClientError
from support import PASSWORD, make_app, named, refusal, table
from table_invariants import check

STEPS = int(os.environ.get("GATEHOUSE_HISTORIES", "25"))
THREADS = 6
BUSY = "TooManyRequestsException"
REASONS = {
    BUSY,
    "AliasExistsException",
    "GroupExistsException",
    "NotAuthorizedException",
    "PasswordResetRequiredException",
    "ResourceNotFoundException",
    "UserNotConfirmedException",
    "UserNotFoundException",
    "UsernameExistsException",
}


@dataclass
class History:
    """How many creations and deletions have succeeded."""

    created: int = 0
    deleted: int = 0

    def check(self, what, there):
        """Creations and deletions take turns in some order, and the last one says whether it is there."""
        told = f"{what}: {self.created} creations, {self.deleted} deletions, there: {there}"
        assert self.created - self.deleted == there, told


class Crowd:
    def __init__(self, app, mark):
        self.app = app
        self.names = [f"{mark}-{letter}" for letter in "abc"]
        self.groups = [f"{mark}-{letter}" for letter in "xy"]
        self.emails = [f"{mark}-{number}@example.com" for number in range(3)]
        self.history = {name: History() for name in (*self.names, *self.groups)}
        self.tokens, self.lock = [], Lock()
        self.told = Counter()

    def create(self, dice):
        name, email = dice.choice(self.names), dice.choice(self.emails)
        attributes = named({"email": email, "email_verified": dice.choice(["true", "false"])})
        self.app.administer(
            "admin_create_user", name, MessageAction="SUPPRESS", UserAttributes=attributes,
            ForceAliasCreation=dice.random() < 0.5,
        )  # fmt: skip
        with self.lock:
            self.history[name].created += 1
        self.app.set_password(name, PASSWORD)

    def sign_up(self, dice):
        name = dice.choice(self.names)
        self.app.sign_up(name, attributes={"email": dice.choice(self.emails)})
        with self.lock:
            self.history[name].created += 1
        self.app.administer("admin_confirm_sign_up", name)

    def delete(self, dice):
        name = dice.choice(self.names)
        self.app.administer("admin_delete_user", name)
        with self.lock:
            self.history[name].deleted += 1

    def sign_in(self, dice):
        name = dice.choice(self.names)
        tokens = self.app.tokens(name)
        with self.lock:
            self.tokens.append(tokens)

    def token(self, dice):
        with self.lock:
            return dice.choice(self.tokens) if self.tokens else {"RefreshToken": "x", "AccessToken": "a.b.c"}

    def renew(self, dice):
        self.app.refresh(self.token(dice)["RefreshToken"])

    def revoke(self, dice):
        token = self.token(dice)["RefreshToken"]
        self.app.anonymous.revoke_token(ClientId=self.app.client_id, Token=token)
        told = refusal(self.app.refresh, token)
        assert told and told[0] != "InternalErrorException", "a revoked token gives tokens"

    def leave(self, dice):
        """Signs out everywhere, by which the token itself has ended."""
        token = self.token(dice)["AccessToken"]
        self.app.anonymous.global_sign_out(AccessToken=token)
        assert refusal(self.app.me, token), "a token works after its user signed out everywhere"

    def change_password(self, dice):
        """There and back, so that others can sign in: in between nobody can."""
        name = dice.choice(self.names)
        for number in range(2):
            self.app.set_password(name, f"{PASSWORD}-{dice.random()}" if number == 0 else PASSWORD)

    def change_address(self, dice):
        email = dice.choice(self.emails)
        self.app.admin_update(dice.choice(self.names), {"email": email, "email_verified": "true"})

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
        self.app.join(dice.choice(self.names), dice.choice(self.groups))

    def part(self, dice):
        self.app.administer(
            "admin_remove_user_from_group", dice.choice(self.names), GroupName=dice.choice(self.groups)
        )

    WEIGHTS = {
        create: 3, sign_up: 2, delete: 2, sign_in: 4, renew: 2, revoke: 1, leave: 1, change_password: 2,
        change_address: 3, create_group: 2, delete_group: 1, join: 4, part: 1,
    }  # fmt: skip

    def walk(self, seed):
        dice = random.Random(seed)
        for _ in range(STEPS):
            [step] = dice.choices(list(self.WEIGHTS), self.WEIGHTS.values())
            try:
                step(self, dice)
                told = step.__name__
            except ClientError as error:
                told = error.response["Error"]["Code"]
            with self.lock:
                self.told[told] += 1


def test_histories_of_a_few_users_fit_one_order(make_app, table, unique):
    app = make_app(pool={"AliasAttributes": ["email"]})
    crowd = Crowd(app, unique("").strip("-"))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(crowd.walk, range(THREADS)))
    refused = {told for told in crowd.told if told.endswith("Exception")}
    assert refused <= REASONS, crowd.told
    assert sum(number for told, number in crowd.told.items() if told not in REASONS) > STEPS, crowd.told

    profiles, _ = check(table, app)
    listed = {group["GroupName"] for group in app.cognito.list_groups(UserPoolId=app.pool_id)["Groups"]}
    for name, history in crowd.history.items():
        history.check(name, name in profiles or name in listed)
    # Members are as both sides tell it.
    for group in listed:
        assert sorted(app.members_of(group)) == sorted(name for name in profiles if group in app.groups_of(name))
    for name in profiles:
        app.administer("admin_delete_user", name)
    assert check(table, app) == ({}, {})
    assert all(refusal(app.refresh, tokens["RefreshToken"]) for tokens in crowd.tokens)
