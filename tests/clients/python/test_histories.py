"""A few users, and many who do everything to them at once: what was told must fit one order, and the table must agree.

What holds in any order:
- who signs in has shown the password that was set last, and was not disabled; a code proves the address that the user has;
- a sign-in is of use until it is ended (revoked, ended by itself or with all others, its user deleted or disabled), and
  never after that; what ends one of several leaves the others;
- a code works once, and not after the password was set in another way;
- of creations of one user or group between two deletions one succeeds;
- who is deleted is gone from every name, group and count, and with the user all sign-ins, devices and passkeys.

Dice are seeded (GATEHOUSE_HISTORIES_SEED); GATEHOUSE_HISTORIES says how many steps each takes.
"""

import os
from concurrent.futures import ThreadPoolExecutor

from crowd import REASONS, SITE, Crowd
from mfa_support import ALL_FACTORS
from support import make_app, refusal, table
from table_invariants import check, check_possessions

STEPS = int(os.environ.get("GATEHOUSE_HISTORIES", "25"))
SEED = int(os.environ.get("GATEHOUSE_HISTORIES_SEED", "0"))
THREADS = 6
POOL = {
    "AliasAttributes": ["email"],
    "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": True},
}


def test_histories_of_a_few_users_fit_one_order(make_app, table, mailbox, unique):
    app = make_app(pool=POOL)
    app.cognito.set_user_pool_mfa_config(
        UserPoolId=app.pool_id, MfaConfiguration="OFF", **ALL_FACTORS,
        WebAuthnConfiguration={"RelyingPartyId": SITE, "UserVerification": "preferred"},
    )  # fmt: skip
    app.cognito.set_user_pool_session_configuration(
        UserPoolId=app.pool_id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 100}
    )
    crowd = Crowd(app, table, mailbox, unique("").strip("-"))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda walker: crowd.walk(SEED * THREADS + walker, STEPS), range(THREADS)))
    refused = {told for told in crowd.told if told.endswith("Exception")}
    assert refused <= REASONS, crowd.told
    assert sum(number for told, number in crowd.told.items() if told not in REASONS) > STEPS, crowd.told
    misfits = list(crowd.misfits())
    assert not misfits, "\n" + "\n".join(misfits[:20])

    profiles, _ = check(table, app)
    listed = {group["GroupName"] for group in app.cognito.list_groups(UserPoolId=app.pool_id)["Groups"]}
    for name, history in crowd.history.items():
        history.check(name, name in profiles or name in listed)
    # Members are as both sides tell it.
    for group in listed:
        assert sorted(app.members_of(group)) == sorted(name for name in profiles if group in app.groups_of(name))
    for (kind, sub), number in check_possessions(table, app).items():
        assert number <= crowd.keys[kind, sub], f"{number} {kind}s, {crowd.keys[kind, sub]} were made"
    for name in profiles:
        app.administer("admin_delete_user", name)
    assert check(table, app) == ({}, {})
    assert not check_possessions(table, app)
    assert all(refusal(app.refresh, sign_in.refresh) for sign_in in crowd.sign_ins)
