"""Sessions: a pool that tracks them limits them, lists them and ends them one by one."""

import re
import time

import pytest
from support import ALL_FLOWS, PASSWORD, App, at_once, claims, make_app, refusal, refused, unchecked

REVOKED_ACCESS = ("NotAuthorizedException", "Access Token has been revoked")
REVOKED_REFRESH = ("NotAuthorizedException", "Refresh Token has been revoked")
UNTRACKED = "User session tracking is not enabled for the user pool."


@pytest.fixture
def make_tracked(make_app, cognito):
    """A function: an `App` whose pool tracks sessions, `most` of them for each user."""

    def make(most=20, **settings):
        app = make_app(**settings)
        track(app, most)
        return app

    return make


def track(app, most, tracking="ENABLED"):
    return app.cognito.set_user_pool_session_configuration(
        UserPoolId=app.pool_id, UserSessionTracking=tracking, TokenSession={"MaxPerUser": most}
    )


def mine(app, tokens):
    """The sessions that the holder of these tokens sees."""
    answer = app.anonymous.list_user_sessions(AccessToken=tokens["AccessToken"])
    assert "NextToken" not in answer
    return answer["Sessions"]


def current(app, tokens):
    [session] = [session for session in mine(app, tokens) if session["IsCurrentSession"]]
    return session


def revoke(app, tokens, session, **more):
    return app.anonymous.revoke_user_session(
        AccessToken=tokens["AccessToken"], SessionId=session["SessionId"], **more
    )


def renew(app, tokens):
    return app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])["AuthenticationResult"]


def is_dead(app, tokens):
    """Whether both tokens are refused; one alone may not be."""
    told = refusal(app.me, tokens["AccessToken"]), refusal(renew, app, tokens)
    assert told in [(None, None), (REVOKED_ACCESS, REVOKED_REFRESH)], told
    return told != (None, None)


def test_get_user_pool_session_configuration(make_app, cognito):
    app = make_app()
    answer = cognito.get_user_pool_session_configuration(UserPoolId=app.pool_id)
    assert answer["UserPoolId"] == app.pool_id
    assert answer["UserSessionTracking"] == "DISABLED"
    assert answer["TokenSession"] == {"MaxPerUser": 20}
    with refused("ResourceNotFoundException"):
        cognito.get_user_pool_session_configuration(UserPoolId="us-east-1_NoSuchPool")


def test_set_user_pool_session_configuration(make_app, cognito, unchecked):
    app = make_app()
    answer = track(app, 3)
    assert (answer["UserSessionTracking"], answer["TokenSession"]) == ("ENABLED", {"MaxPerUser": 3})
    shown = cognito.get_user_pool_session_configuration(UserPoolId=app.pool_id)
    del answer["ResponseMetadata"], shown["ResponseMetadata"]
    assert answer == shown
    # It is no setting of UpdateUserPool, which resets what it does not name.
    cognito.update_user_pool(UserPoolId=app.pool_id, AutoVerifiedAttributes=["email"])
    assert cognito.get_user_pool_session_configuration(UserPoolId=app.pool_id)["TokenSession"] == {"MaxPerUser": 3}
    for most in (0, 101):
        with refused("InvalidParameterException"):
            track(App(app.pool, app.client, unchecked, app.anonymous, app.unique), most)
    with refused("InvalidParameterException"):
        unchecked.set_user_pool_session_configuration(UserPoolId=app.pool_id, UserSessionTracking="ENABLED")


def test_the_lite_tier_has_no_session_tracking(make_app, cognito):
    app = make_app(pool={"UserPoolTier": "LITE"})
    with refused("FeatureUnavailableInTierException"):
        track(app, 3)


def test_get_user_pool_client_session_configuration(make_tracked, cognito):
    app = make_tracked()
    ids = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    answer = cognito.get_user_pool_client_session_configuration(**ids)
    assert {name: answer[name] for name in ids} == ids
    assert answer["SSOSession"] == {"MaxValidityMinutes": 60}
    with refused("ResourceNotFoundException"):
        cognito.get_user_pool_client_session_configuration(**ids | {"ClientId": "nosuchclient"})


def test_set_user_pool_client_session_configuration(make_tracked, make_app, cognito):
    app = make_tracked()
    ids = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    wanted = {"MaxValidityMinutes": 0}
    answer = cognito.set_user_pool_client_session_configuration(**ids, SSOSession=wanted)
    assert answer["SSOSession"] == wanted
    assert cognito.get_user_pool_client_session_configuration(**ids)["SSOSession"] == wanted
    # The client itself is as it was, also in its pool's list, and an update of it keeps the session settings.
    listed = cognito.list_user_pool_clients(UserPoolId=app.pool_id)["UserPoolClients"]
    assert [client["ClientName"] for client in listed] == [app.client["ClientName"]]
    cognito.update_user_pool_client(**ids, ExplicitAuthFlows=ALL_FLOWS)
    assert cognito.get_user_pool_client_session_configuration(**ids)["SSOSession"] == wanted
    with refused("InvalidParameterException"):
        cognito.set_user_pool_client_session_configuration(**ids, SSOSession={"MaxValidityMinutes": 129601})
    other = make_app()
    with refused("OperationNotEnabledException", UNTRACKED):
        cognito.set_user_pool_client_session_configuration(
            UserPoolId=other.pool_id, ClientId=other.client_id, SSOSession=wanted
        )
    with refused("ResourceNotFoundException"):
        cognito.set_user_pool_client_session_configuration(
            UserPoolId=app.pool_id, ClientId=other.client_id, SSOSession=wanted
        )


def test_list_user_sessions(make_tracked):
    app = make_tracked()
    name = app.user()
    first = app.tokens(name)
    second = app.srp_auth(name)
    sessions = mine(app, second)
    assert len({session["SessionId"] for session in sessions}) == len(sessions) == 2
    for session in sessions:
        assert re.fullmatch("tkn[a-z0-9]{25}", session["SessionId"])
        assert session["SessionType"] == "TOKEN"
        assert session["ClientId"] == app.client_id
        assert session["CreateDate"] == session["LastActiveDate"]
        assert "Boto3" in session["DeviceType"] and "Linux" in session["DeviceType"]
        assert session["LastIPAddress"]
        assert session["LastLocation"] == {"Country": "unknown"}
        assert "OriginSessionId" not in session
    assert [session["IsCurrentSession"] for session in sessions] == [True, False]

    other = app.tokens(app.user())
    assert len(mine(app, other)) == 1
    told = mine(app, first)
    assert [session["IsCurrentSession"] for session in told] == [False, True]
    assert [session["SessionId"] for session in told] == [session["SessionId"] for session in sessions]

    with refused("InvalidParameterException"):
        app.anonymous.list_user_sessions(AccessToken=first["AccessToken"], NextToken="bm90aGluZw")
    with refused("NotAuthorizedException"):
        app.anonymous.list_user_sessions(AccessToken=first["IdToken"])


def test_admin_list_user_sessions(make_tracked):
    app = make_tracked(pool={"AliasAttributes": ["email"]})
    email = f"{app.unique('ann')}@example.com"
    name = app.user(email=email, email_verified="true")
    assert app.administer("admin_list_user_sessions", name)["Sessions"] == []
    tokens = app.tokens(name)
    for called in (name, email):
        [session] = app.administer("admin_list_user_sessions", called)["Sessions"]
        assert session["SessionId"] == current(app, tokens)["SessionId"]
        assert session["IsCurrentSession"] is False
    with refused("UserNotFoundException"):
        app.administer("admin_list_user_sessions", "nobody")


def test_revoke_user_session(make_tracked):
    app = make_tracked()
    name = app.user()
    lost, kept = app.tokens(name), app.tokens(name)
    revoke(app, kept, current(app, lost))
    assert is_dead(app, lost) and not is_dead(app, kept)
    assert [session["IsCurrentSession"] for session in mine(app, kept)] == [True]


def test_what_can_not_be_revoked_is_not(make_tracked):
    app = make_tracked()
    name = app.user()
    tokens, others = app.tokens(name), app.tokens(app.user())
    with refused("InvalidParameterException"):
        revoke(app, tokens, current(app, tokens))
    for identifier in (current(app, others)["SessionId"], "tkn" + "0" * 25, "tkn" + "z" * 25, "sso" + "a" * 25):
        with refused("ResourceNotFoundException", "Session does not exist."):
            revoke(app, tokens, {"SessionId": identifier}, RevokeAssociatedSessions="LINKED")
    with refused("InvalidParameterException"):
        app.administer("admin_revoke_user_session", name, SessionId="tkn" + "A" * 25)
    assert not is_dead(app, tokens) and not is_dead(app, others)


def test_admin_revoke_user_session(make_tracked):
    app = make_tracked()
    name = app.user()
    lost, kept = app.tokens(name), app.tokens(name)
    session = current(app, lost)["SessionId"]
    with refused("ResourceNotFoundException"):
        app.administer("admin_revoke_user_session", app.user(), SessionId=session)
    assert not is_dead(app, lost)
    app.administer("admin_revoke_user_session", name, SessionId=session, RevokeAssociatedSessions="LINKED")
    assert is_dead(app, lost) and not is_dead(app, kept)
    with refused("ResourceNotFoundException"):
        app.administer("admin_revoke_user_session", name, SessionId=session)


def test_sessions_of_a_pool_that_does_not_track_them_are_not_shown(make_app):
    app = make_app()
    name = app.user()
    tokens = app.tokens(name)
    session = {"SessionId": "tkn" + "0" * 25}
    for action in (
        lambda: mine(app, tokens),
        lambda: revoke(app, tokens, session),
        lambda: app.administer("admin_list_user_sessions", name),
        lambda: app.administer("admin_revoke_user_session", name, **session),
    ):
        assert refusal(action) == ("OperationNotEnabledException", UNTRACKED)


def test_one_session_more_than_allowed_ends_the_least_recently_used(make_tracked):
    app = make_tracked(most=2)
    name = app.user()
    first, second = app.tokens(name), app.tokens(name)
    before = current(app, first)
    assert renew(app, first)["AccessToken"]
    after = current(app, first)
    assert after["LastActiveDate"] > before["LastActiveDate"] and after["CreateDate"] == before["CreateDate"]

    third = app.srp_auth(name)
    assert is_dead(app, second)
    assert not is_dead(app, third) and not is_dead(app, first)
    assert len(mine(app, third)) == 2
    # What the user has ended makes room without anybody's loss.
    revoke(app, third, current(app, first))
    fourth = app.tokens(name)
    assert not is_dead(app, third) and not is_dead(app, fourth) and is_dead(app, first)


def test_a_lower_limit_is_kept_from_the_next_sign_in_on(make_tracked):
    app = make_tracked(most=100)
    name = app.user()
    before = [app.tokens(name) for _ in range(4)]
    track(app, 1)
    assert len(app.administer("admin_list_user_sessions", name)["Sessions"]) == 4
    # By a function that has not read the pool yet; the others see the new limit half a minute later at most.
    last = app.admin_initiate(USERNAME=name, PASSWORD=PASSWORD)["AuthenticationResult"]
    assert all(is_dead(app, tokens) for tokens in before) and not is_dead(app, last)


def test_sign_ins_at_once_do_not_exceed_the_limit(make_tracked):
    app = make_tracked(most=2)
    name = app.user()
    issued = []

    def sign_in():
        for _ in range(20):
            told = refusal(lambda: issued.append(app.tokens(name)))
            if told is None:
                return
            assert told == ("TooManyRequestsException", "Rate exceeded")
        pytest.fail("no sign-in succeeded")

    at_once(*[sign_in] * 6)
    assert len(issued) == 6
    alive = [tokens for tokens in issued if not is_dead(app, tokens)]
    assert len(alive) == 2
    assert len(mine(app, alive[0])) == 2


def test_who_signs_out_everywhere_has_no_sessions(make_tracked):
    app = make_tracked()
    name = app.user()
    tokens = app.tokens(name)
    app.anonymous.global_sign_out(AccessToken=tokens["AccessToken"])
    assert app.administer("admin_list_user_sessions", name)["Sessions"] == []
    revoked = app.tokens(name)
    app.anonymous.revoke_token(Token=revoked["RefreshToken"], ClientId=app.client_id)
    assert app.administer("admin_list_user_sessions", name)["Sessions"] == []
    assert len(mine(app, app.tokens(name))) == 1


def test_sessions_are_not_inherited_with_a_name(make_tracked):
    app = make_tracked()
    name = app.user()
    tokens = app.tokens(name)
    session = current(app, tokens)["SessionId"]
    app.administer("admin_delete_user", name)
    app.user(name)
    assert app.administer("admin_list_user_sessions", name)["Sessions"] == []
    with refused("ResourceNotFoundException"):
        app.administer("admin_revoke_user_session", name, SessionId=session)
    assert len(mine(app, app.tokens(name))) == 1


def test_a_client_without_revocation_does_not_escape_it_where_sessions_are_tracked(make_tracked):
    app = make_tracked(EnableTokenRevocation=False)
    name = app.user()
    lost, kept = app.tokens(name), app.tokens(name)
    assert claims(lost["AccessToken"])["origin_jti"]
    revoke(app, kept, current(app, lost))
    assert is_dead(app, lost) and not is_dead(app, kept)


def test_rotation_is_activity_and_ends_with_its_session(make_tracked):
    flows = [flow for flow in ALL_FLOWS if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
    app = make_tracked(
        ExplicitAuthFlows=flows, RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    )
    name = app.user()
    first, other = app.tokens(name), app.tokens(name)
    before = current(app, first)
    time.sleep(0.01)
    first = app.refresh(first["RefreshToken"])
    after = current(app, first)
    assert after["SessionId"] == before["SessionId"] and after["LastActiveDate"] > before["LastActiveDate"]
    revoke(app, other, after)
    assert refusal(app.refresh, first["RefreshToken"]) == REVOKED_REFRESH


def test_where_a_session_is_used_is_not_what_a_header_says(make_tracked, call):
    app = make_tracked()
    name = app.user()
    body = {
        "ClientId": app.client_id,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD},
    }
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    answer = call("InitiateAuth", body, headers={"user-agent": agent, "x-forwarded-for": "203.0.113.99"})
    [session] = mine(app, answer.json["AuthenticationResult"])
    assert session["DeviceType"] == "Linux, Firefox 128"
    assert session["LastIPAddress"] != "203.0.113.99"
