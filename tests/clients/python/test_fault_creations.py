"""Pools whose creation was not answered: those that are there work, with what belongs to them elsewhere than in the table."""

import pytest
from every_operation import OPERATIONS
from identity_support import audiences, identity_client
from operation_subject import OperationSubject
from support import App, local_aws
from troubles import Trouble

POOL, IDENTITY_POOL = OPERATIONS["user-pool", "CreateUserPool"], OPERATIONS["identity-pool", "CreateIdentityPool"]


@pytest.fixture
def create():
    """A function: sends a request of creation whose write is made and never answered; it succeeds."""
    made = []

    def send(operation, request):
        subject = OperationSubject(operation)
        made.append(subject)
        trouble = Trouble("answer lost", "TransactWriteItems")
        assert subject.send(request, trouble) is None and trouble.met

    yield send
    for subject in made:
        subject.stop()


def test_a_pool_signs_people_in_whose_creation_was_not_answered(create, make_client, cognito, anonymous, unique):
    name = unique("lost")
    create(POOL, {"PoolName": name})
    pages = cognito.get_paginator("list_user_pools").paginate(MaxResults=60)
    [pool] = [pool for page in pages for pool in page["UserPools"] if pool["Name"] == name]
    for usage in ("id", "access"):
        key = local_aws("kms").describe_key(KeyId=f"alias/gatehouse/{pool['Id']}/{usage}")["KeyMetadata"]
        assert key["KeyState"] == "Enabled"
    app = App(pool, make_client(pool["Id"]), cognito, anonymous, unique)
    assert app.tokens(app.user())["AccessToken"]
    cognito.delete_user_pool(UserPoolId=pool["Id"])


def test_an_identity_pool_is_known_to_iam_whose_creation_was_not_answered(create, unique):
    name = unique("lost")
    create(IDENTITY_POOL, {"IdentityPoolName": name, "AllowUnauthenticatedIdentities": False})
    identity = identity_client()
    pages = identity.get_paginator("list_identity_pools").paginate(MaxResults=60)
    [pool] = [pool for page in pages for pool in page["IdentityPools"] if pool["IdentityPoolName"] == name]
    assert pool["IdentityPoolId"] in audiences()
    identity.delete_identity_pool(IdentityPoolId=pool["IdentityPoolId"])
