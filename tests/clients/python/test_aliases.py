"""Names that lead to users, as a state machine: whatever many do at once, each leads to exactly one user, or to none.

Several threads take random steps among few users and few addresses, so that they meet all the time. Every step may be
refused, but only for a reason. Then the table itself is read: every alias and every entry of the search must belong to
a profile that has the value, and none may be missing.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import boto_client
from own_functions import Endpoint, Function
from stack.counting_proxy import Fault
from support import PASSWORD, SEARCHABLE, TEMPORARY, App, attributes, make_app, named, table
from table_invariants import check, stored

THREADS = 6
TURNS = 40
TEAM = {"Name": "team", "AttributeDataType": "String", "Mutable": True}
REASONS = {
    "AliasExistsException",
    "UsernameExistsException",
    "UserNotFoundException",
    "TooManyRequestsException",
    # Somebody has deleted or confirmed the user in between, or used up the code.
    "NotAuthorizedException",
    "CodeMismatchException",
    "ExpiredCodeException",
    "InvalidParameterException",
    "LimitExceededException",
    "UserNotConfirmedException",
    "PasswordResetRequiredException",
}
POOLS = {
    "aliases": {"AliasAttributes": ["email", "phone_number", "preferred_username"]},
    "addresses": {"UsernameAttributes": ["email", "phone_number"]},
    "verified-first": {
        "AliasAttributes": ["email", "preferred_username"],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    },
}


class Crowd:
    """Those who take steps, each by a die of its own."""

    def __init__(self, app, mailbox, mark):
        self.app, self.mailbox = app, mailbox
        self.by_address = "UsernameAttributes" in app.pool
        self.names = [f"{mark}-{letter}" for letter in "abcde"]
        self.emails = [f"{mark}-{number}@example.com" for number in range(5)]
        self.phones = [f"+1555{int(mark, 16) % 10**6:06}{number}" for number in range(3)]
        self.nicks = [f"{mark}-nick-{number}" for number in range(3)]
        self.made = set()
        self.done, self.refused, self.lock = Counter(), Counter(), Lock()

    def new_name(self, dice):
        return dice.choice(self.emails + self.phones if self.by_address else self.names)

    def name(self, dice):
        """Some user's name: mostly the user name of one who was made, or else whatever leads to anybody now."""
        with self.lock:
            made = sorted(self.made)
        if made and dice.random() < 0.7:
            return dice.choice(made)
        return dice.choice(self.emails + self.phones + ([] if self.by_address else self.names + self.nicks))

    def values(self, dice):
        """Some attributes, with the case of letters changed at times."""
        values = {
            "email": dice.choice(self.emails),
            "phone_number": dice.choice(self.phones),
            "preferred_username": dice.choice(self.nicks),
            "custom:team": dice.choice(["Red", "red", "blue"]),
        }
        values["email"] = dice.choice([values["email"], values["email"].title()])
        return {name: value for name, value in values.items() if dice.random() < 0.6}

    def verified(self, dice, values):
        return values | {
            f"{name}_verified": dice.choice(["true", "true", "false"])
            for name in ("email", "phone_number")
            if name in values
        }

    def code(self, email):
        return next((m["code"] for m in self.mailbox.messages(email) if m["code"]), "000000")

    # Steps

    def new_values(self, dice, name):
        values = self.values(dice)
        if self.by_address:
            values.pop("email" if "@" in name else "phone_number", None)
        return values

    def sign_up(self, dice):
        """Signs up, and mostly confirms it at once, also where somebody else has the address."""
        name = self.new_name(dice)
        values = self.new_values(dice, name)
        if not self.by_address:
            values["email"] = dice.choice(self.emails)
        self.app.sign_up(name, attributes=values)
        username = self.app.get(name)["Username"]
        with self.lock:
            self.made.add(username)
        if dice.random() < 0.8:
            code = self.code(values.get("email", name))
            self.app.confirm(username, code, ForceAliasCreation=dice.random() < 0.6)
            with self.lock:
                self.done["confirm"] += 1

    def admin_confirm(self, dice):
        self.app.administer("admin_confirm_sign_up", self.name(dice))

    def admin_create(self, dice):
        name = self.new_name(dice)
        user = self.app.administer(
            "admin_create_user",
            name,
            MessageAction="SUPPRESS",
            TemporaryPassword=TEMPORARY,
            ForceAliasCreation=dice.random() < 0.6,
            UserAttributes=named(self.verified(dice, self.new_values(dice, name))),
        )["User"]
        with self.lock:
            self.made.add(user["Username"])

    def admin_update(self, dice):
        values = self.verified(dice, self.values(dice))
        self.app.admin_update(self.name(dice), values or {"custom:team": "Red"})

    def admin_delete_attributes(self, dice):
        attribute = dice.choice(["email", "phone_number", "preferred_username", "custom:team"])
        self.app.administer("admin_delete_user_attributes", self.name(dice), UserAttributeNames=[attribute])

    def admin_delete(self, dice):
        name = self.name(dice)
        self.app.administer("admin_delete_user", name)
        with self.lock:
            self.made.discard(name)

    def swap(self, dice):
        """Two users change addresses with each other, by way of one that neither has."""
        one, other = (self.app.get(self.name(dice)) for _ in range(2))
        mine, theirs = (attributes(user).get("email", self.emails[0]) for user in (one, other))
        between = f"{self.names[0]}-between-{dice.randrange(3)}@example.com"
        for user, email in ((one, between), (other, mine), (one, theirs)):
            self.app.admin_update(user["Username"], {"email": email, "email_verified": "true"})

    def update_and_verify(self, dice):
        """A user's own change, which the code confirms."""
        name = self.app.get(self.name(dice))["Username"]
        self.app.set_password(name, PASSWORD)
        token = self.app.tokens(name)["AccessToken"]
        values = self.values(dice) | {"email": dice.choice(self.emails)}
        self.app.update(token, values)
        self.app.verify(token, self.code(values["email"]))

    def first_sign_in(self, dice):
        """A user made by an administrator chooses a password, and a name to go by with it."""
        name = self.name(dice)
        challenge = self.app.password_auth(name, TEMPORARY)
        if "Session" in challenge:
            nick = {"userAttributes.preferred_username": dice.choice(self.nicks)}
            self.app.respond(
                challenge["ChallengeName"], challenge["Session"], USERNAME=name, NEW_PASSWORD=PASSWORD, **nick
            )

    STEPS = {
        sign_up: 3,
        admin_confirm: 1,
        admin_create: 4,
        admin_update: 7,
        admin_delete_attributes: 1,
        admin_delete: 2,
        swap: 2,
        update_and_verify: 3,
        first_sign_in: 2,
    }

    def walk(self, seed, steps=TURNS):
        dice = random.Random(seed)
        for _ in range(steps):
            [step] = dice.choices(list(self.STEPS), self.STEPS.values())
            try:
                step(self, dice)
                outcome, told = self.done, step.__name__
            except ClientError as error:
                outcome, told = self.refused, error.response["Error"]["Code"]
            with self.lock:
                outcome[told] += 1


@pytest.mark.parametrize("kind", POOLS)
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_many_do_at_once_each_name_leads_to_one_user(make_app, mailbox, table, unique, kind, seed):
    settings = {
        "UsernameConfiguration": {"CaseSensitive": False},
        "Schema": [TEAM],
        "UserPoolTags": {SEARCHABLE: "custom:team"},
    }
    app = make_app(pool=settings | POOLS[kind])
    crowd = Crowd(app, mailbox, unique("").strip("-"))
    enough = THREADS * TURNS / 6
    with ThreadPoolExecutor(THREADS) as pool:
        walkers = [f"{kind}-{seed}-{number}" for number in range(THREADS)]
        list(pool.map(crowd.walk, walkers))
        if sum(crowd.done.values()) <= enough:
            # How often they get in each other's way is for the machine to say.
            list(pool.map(crowd.walk, [f"{walker}-again" for walker in walkers]))

    assert set(crowd.refused) <= REASONS, crowd.refused
    profiles, aliases = check(table, app)
    # What stands in the table is what people see.
    for (attribute, value), key in aliases.items():
        found = app.get(value)
        assert found["Username"] == profiles[key]["username"], (attribute, value)
        assert value in {found["Username"], *map(str.lower, attributes(found).values())}
    # Enough has happened for all this to mean something.
    assert sum(crowd.done.values()) > enough, (crowd.done, crowd.refused)
    assert len(crowd.done) >= 7, crowd.done

    for profile in list(profiles.values()):
        app.administer("admin_delete_user", profile["username"])
    profiles, aliases = check(table, app)
    assert not profiles and not aliases


# Of a hundred calls of AWS that write, how many fare so; of the others a fifth of that.
FAULTS = {
    "fails": 6,
    "is done, nobody learns of it": 5,
    "is done, its answer is lost once": 5,
    "killed before": 4,
    "killed after": 6,
}


class Fate:
    """What gets in the way of each call of AWS, by a die of its own. All tries of one call fare alike."""

    def __init__(self, seed):
        self.dice, self.fates, self.met, self.lock = random.Random(seed), {}, Counter(), Lock()

    def __call__(self, function, call):
        with self.lock:
            again = call["id"] in self.fates
            kinds = [None, *FAULTS]
            all_calls = 100 if call["name"] == "TransactWriteItems" else 500
            # What has not been met yet is four times as likely, so that all of it is met.
            met = {kind for kind, _ in self.met}
            weights = [often if kind in met else 4 * often for kind, often in FAULTS.items()]
            [drawn] = self.dice.choices(kinds, [all_calls - sum(FAULTS.values()), *weights])
            kind = self.fates.setdefault(call["id"], drawn)
            if kind is None or (again and "once" in kind):
                return None
            self.met[kind, call["name"]] += 1
        reaches = kind not in ("fails", "killed before")
        return Fault(reaches, function.kill) if "killed" in kind else Fault(reaches)


@pytest.fixture
def failing():
    """A function: an endpoint whose functions' calls of AWS fare as they may, and the fate they share."""
    stopped = []

    def make(seed):
        fate = Fate(seed)
        processes = {
            name: [Function(name, fate, AWS_MAX_ATTEMPTS="2") for _ in range(instances)]
            for name, instances in FAILING.items()
        }
        endpoint = Endpoint(processes)
        stopped.extend([endpoint.server.close, *(one.stop for each in processes.values() for one in each)])
        return endpoint, fate

    yield make
    for stop in stopped:
        stop()


FAILING = {
    "sign-up": 1,
    "confirm-sign-up": 1,
    "admin-users": 3,
    "user-attributes": 1,
    "initiate-auth": 1,
    "respond-to-auth-challenge": 1,
}


@pytest.mark.parametrize("kind", POOLS)
def test_what_fails_half_way_leaves_no_name_that_leads_astray(make_app, mailbox, table, unique, failing, kind):
    """As above, but calls of AWS fail, or are done and nobody learns of it, and functions end between two of them."""
    settings = {
        "UsernameConfiguration": {"CaseSensitive": False},
        "Schema": [TEAM],
        "UserPoolTags": {SEARCHABLE: "custom:team"},
    }
    app = make_app(pool=settings | POOLS[kind])
    endpoint, fate = failing(kind)
    clients = [
        boto_client(endpoint_url=endpoint.url, config=Config(signature_version=signature))
        for signature in ("v4", UNSIGNED)
    ]
    troubled = App(app.pool, app.client, *clients, unique)
    crowd = Crowd(troubled, mailbox, unique("").strip("-"))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: crowd.walk(f"{kind}-{number}", TURNS // 2), range(THREADS)))

    assert set(crowd.refused) <= REASONS | {"InternalErrorException", "FunctionDied", "CodeDeliveryFailureException"}
    profiles, aliases = check(table, app)
    for (attribute, value), key in aliases.items():
        assert app.get(value)["Username"] == profiles[key]["username"], (attribute, value)
    # It did go wrong, in every way, and in the midst of what writes; and much went well in between.
    assert {what for what, _ in fate.met} == set(FAULTS), fate.met
    assert sum(count for (_, call), count in fate.met.items() if call == "TransactWriteItems") >= 5, fate.met
    assert endpoint.died >= 3 and crowd.refused["InternalErrorException"] >= 3, (endpoint.died, crowd.refused)
    assert sum(crowd.done.values()) > THREADS * TURNS / 20, (crowd.done, crowd.refused)

    # Whatever became of a request, who is there can be deleted, and nothing is left.
    for profile in list(profiles.values()):
        app.administer("admin_delete_user", profile["username"])
    profiles, aliases = check(table, app)
    assert not profiles and not aliases


def test_two_users_swap_their_addresses(make_app, table):
    """With one step in between, as a person would have to; the direct way is refused and changes nothing."""
    app = make_app(pool={"AliasAttributes": ["email"], "UserPoolTags": {SEARCHABLE: ""}})
    ann = app.user("ann", email="a@example.com", email_verified="true")
    bob = app.user("bob", email="b@example.com", email_verified="true")
    with pytest.raises(app.cognito.exceptions.AliasExistsException):
        app.admin_update(ann, {"email": "b@example.com", "email_verified": "true"})
    check(table, app)
    for name, email in ((ann, "x@example.com"), (bob, "a@example.com"), (ann, "b@example.com")):
        app.admin_update(name, {"email": email, "email_verified": "true"})
        check(table, app)
    assert app.get("a@example.com")["Username"] == bob
    assert app.get("b@example.com")["Username"] == ann
    assert app.tokens("b@example.com")["AccessToken"]


def test_both_addresses_of_a_user_are_taken_at_once(make_app, table):
    app = make_app(pool={"AliasAttributes": ["email", "phone_number"]})
    values = {
        "email": "a@example.com",
        "email_verified": "true",
        "phone_number": "+15550100",
        "phone_number_verified": "true",
    }
    app.user("ann", **values)
    app.administer(
        "admin_create_user", "bob", MessageAction="SUPPRESS", ForceAliasCreation=True, UserAttributes=named(values)
    )
    check(table, app)
    assert {app.get(value)["Username"] for value in ("a@example.com", "+15550100")} == {"bob"}
    lost = attributes(app.get("ann"))
    assert (lost["email_verified"], lost["phone_number_verified"]) == ("false", "false")


def test_a_pool_takes_its_names_with_it(make_app, table):
    app = make_app(pool={"AliasAttributes": ["email", "preferred_username"]})
    for number in range(30):
        app.administer(
            "admin_create_user",
            f"user{number}",
            MessageAction="SUPPRESS",
            UserAttributes=named({
                "email": f"user{number}@example.com", "email_verified": "true", "preferred_username": f"u{number}",
            }),
        )  # fmt: skip
    profiles, aliases = check(table, app)
    assert (len(profiles), len(aliases)) == (30, 90)
    app.cognito.delete_user_pool(UserPoolId=app.pool_id)
    assert stored(table, app.pool) == ({}, {}, set(), set())
