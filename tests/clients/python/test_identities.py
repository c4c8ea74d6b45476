"""Identities: whose login leads to which, what becomes of guests, and who may unlink what."""

import pytest
from identity_support import anonymous_identity, identity, make_identities  # noqa: F401
from support import at_once, claims, make_app, refused  # noqa: F401

MISMATCH = "Logins don't match. Please include at least one valid login for this identity or identity pool."
NO_GUESTS = "Unauthenticated access is not supported for this identity pool."


@pytest.fixture
def made(make_app, make_identities):  # noqa: F811
    """An identity pool for the users of an app, and guests."""
    return make_identities(
        make_app(), AllowUnauthenticatedIdentities=True, AllowClassicFlow=True, DeveloperProviderName="login.mine"
    )


def test_get_id(made):
    ann, bob = made.app.user(), made.app.user()
    first = made.get_id(made.logins(ann))
    assert made.get_id(made.logins(ann)) == first
    assert made.get_id(made.logins(bob)) != first
    assert made.get_id() != made.get_id()
    assert made.describe(first)["Logins"] == [made.provider]


def test_one_user_at_many_devices_at_once_is_one_identity(made):
    logins = made.logins(made.app.user())
    found = []
    refusals = at_once(*[lambda: found.append(made.get_id(logins)) for _ in range(6)])
    assert set(refusals) <= {None, ("TooManyRequestsException", "Rate exceeded")}
    assert len(set(found)) == 1
    listed = made.identity.list_identities(IdentityPoolId=made.id, MaxResults=60)["Identities"]
    assert [each["IdentityId"] for each in listed] == [found[0]]


def test_the_name_that_cognito_s_own_pool_would_have_is_the_same_provider(made):
    """Applications have `cognito-idp.<region>.amazonaws.com/<pool>` compiled in."""
    logins = made.logins(made.app.user())
    (token,) = logins.values()
    other = {f"cognito-idp.us-east-1.amazonaws.com/{made.app.pool_id}": token}
    assert made.get_id(other) == made.get_id(logins)


def test_a_pool_without_guests_takes_none(make_app, make_identities):  # noqa: F811
    strict = make_identities(make_app())
    with refused("NotAuthorizedException", NO_GUESTS):
        strict.get_id()


def test_a_login_is_for_the_pool_and_the_client_that_it_names(made, make_app, make_client):  # noqa: F811
    stranger = make_app()
    name = stranger.user()
    token = stranger.tokens(name)["IdToken"]
    provider = made.provider.replace(made.app.pool_id, stranger.pool_id)
    with refused("NotAuthorizedException", "Token is not from a supported provider of this identity pool."):
        made.get_id({provider: token})
    with refused("NotAuthorizedException", "Invalid login token. Token signature invalid."):
        made.get_id({made.provider: token})
    beside = made.app.beside(make_client(made.app.pool))
    with refused("NotAuthorizedException", "Token is not from a supported provider of this identity pool."):
        made.get_id({made.provider: beside.tokens(made.app.user())["IdToken"]})


def test_what_is_no_id_token_is_no_login(made):
    tokens = made.app.tokens(made.app.user())
    head, body, signature = tokens["IdToken"].split(".")
    forged = signature[:-4] + ("AAAA" if not signature.endswith("AAAA") else "BBBB")
    for wrong in (tokens["AccessToken"], "nonsense", f"{head}.{body}.{forged}", f"{head}.{body}."):
        with refused("NotAuthorizedException"):
            made.get_id({made.provider: wrong})
    with refused("InvalidParameterException", "Please provide a valid public provider"):
        made.get_id({"login.mine": "ann"})


def test_a_guest_who_signs_in_stays_the_same_identity(made):
    guest = made.get_id()
    logins = made.logins(made.app.user())
    assert claims(made.token(guest, logins))["sub"] == guest
    assert made.get_id(logins) == guest
    assert made.describe(guest)["Logins"] == [made.provider]
    # From now on it takes a login.
    with refused("NotAuthorizedException", f"Access to Identity '{guest}' is forbidden."):
        made.token(guest)


def test_a_guest_who_is_known_already_becomes_the_known_one(made):
    logins = made.logins(made.app.user())
    known, guest = made.get_id(logins), made.get_id()
    assert claims(made.token(guest, logins))["sub"] == known
    with refused("NotAuthorizedException", f"Access to Identity '{guest}' is forbidden."):
        made.token(guest)
    listed = made.identity.list_identities(IdentityPoolId=made.id, MaxResults=60, HideDisabled=True)["Identities"]
    assert guest not in [each["IdentityId"] for each in listed]
    # The app that kept the guest's id is still led to the known one.
    assert claims(made.token(guest, logins))["sub"] == known


def test_a_login_opens_no_other_identity(made):
    ann, bob = made.logins(made.app.user()), made.logins(made.app.user())
    of_ann = made.get_id(ann)
    made.get_id(bob)
    with refused("NotAuthorizedException", MISMATCH):
        made.token(of_ann, bob)
    carol = made.logins(made.app.user())  # who has no identity yet
    with refused("NotAuthorizedException", MISMATCH):
        made.token(of_ann, carol)


def test_an_identity_that_does_not_exist(made):
    nowhere = "us-east-1:00000000-0000-4000-8000-00000000dead"
    with refused("ResourceNotFoundException", f"Identity '{nowhere}' not found."):
        made.token(nowhere)


def test_unlink_identity(made):
    logins = made.logins(made.app.user())
    one = made.get_id(logins)
    other = made.logins(made.app.user())
    request = {"IdentityId": one, "LoginsToRemove": [made.provider]}
    with refused("NotAuthorizedException", MISMATCH):
        made.anonymous.unlink_identity(**request, Logins=other)
    made.anonymous.unlink_identity(**request, Logins=logins)
    # Without its last login the identity is nobody's, a guest's least of all.
    for attempt in (lambda: made.token(one), lambda: made.token(one, other)):
        with refused("NotAuthorizedException"):
            attempt()
    assert made.get_id(logins) != one


def test_describe_identity(made):
    one = made.get_id(made.logins(made.app.user()))
    found = made.describe(one)
    assert found["IdentityId"] == one and found["Logins"] == [made.provider]
    assert found["CreationDate"] <= found["LastModifiedDate"]
    assert "Logins" not in made.describe(made.get_id())
    with refused("ResourceNotFoundException"):
        made.describe("us-east-1:00000000-0000-4000-8000-00000000dead")


def test_list_identities(made):
    expected = sorted(made.get_id() for _ in range(7))
    found, request = [], {"IdentityPoolId": made.id, "MaxResults": 3}
    while True:
        page = made.identity.list_identities(**request)
        found += [each["IdentityId"] for each in page["Identities"]]
        if "NextToken" not in page:
            break
        request["NextToken"] = page["NextToken"]
    assert found == expected


def test_delete_identities(made):
    logins = made.logins(made.app.user())
    one, guest, kept = made.get_id(logins), made.get_id(), made.get_id()
    answer = made.identity.delete_identities(IdentityIdsToDelete=[one, guest])
    assert answer["UnprocessedIdentityIds"] == []
    for gone in (one, guest):
        with refused("ResourceNotFoundException"):
            made.describe(gone)
    assert made.describe(kept)
    # The user is somebody new.
    assert made.get_id(logins) != one
