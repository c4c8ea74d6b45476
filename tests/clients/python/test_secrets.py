"""What a copy of the table, or of the logs, would tell: nothing that lets anyone in."""

import base64
import json
import os
from pathlib import Path

import pytest
from support import PASSWORD, invoke, local_aws, make_app, refused

# Passwords that occur nowhere else, so that finding one means something.
SIGNED_UP = "Only-In-Memory-1"
LASTING = "Only-In-Memory-2"
TEMPORARY = "Only-In-Memory-3"
WRONG = "Only-In-Memory-4"


@pytest.fixture
def used(make_app, mailbox):
    """An application that was used in every way, and every secret that anybody saw meanwhile."""
    app = make_app(GenerateSecret=True)
    pending = app.sign_up(password=SIGNED_UP)
    code = mailbox(f"{pending}@example.com")
    name = app.sign_up(password=SIGNED_UP)
    first_code = mailbox(f"{name}@example.com")
    app.confirm(name, first_code)
    app.set_password(name, LASTING)
    tokens, by_srp = app.tokens(name, LASTING), app.srp_auth(name, LASTING)
    renewed = app.refresh(tokens["RefreshToken"])
    app.me(renewed["AccessToken"])
    invited = app.invited(app.unique("guest"), TEMPORARY)
    session = app.password_auth(invited, TEMPORARY)["Session"]
    with refused("NotAuthorizedException"):
        app.password_auth(name, WRONG)
    with refused("CodeMismatchException"):
        app.confirm(pending, f"{(int(code) + 1) % 1_000_000:06}")
    app.cognito.list_users(UserPoolId=app.pool_id)
    access_key = invoke(
        "access-keys", {"action": "create", "actions": ["ListUsers"], "pools": [app.pool_id], "description": "test"}
    )
    secrets = [SIGNED_UP, LASTING, TEMPORARY, WRONG, app.secret, session, access_key["secretAccessKey"]]
    for issued in (tokens, by_srp, renewed):
        secrets += [issued[kind] for kind in ("AccessToken", "IdToken", "RefreshToken") if kind in issued]
    return app, pending, code, secrets


def table():
    """Every item, as the AWS behind the functions keeps it."""
    dynamodb = local_aws("dynamodb")
    for page in dynamodb.get_paginator("scan").paginate(TableName=os.environ["GATEHOUSE_TABLE"]):
        yield from page["Items"]


def spellings(secret):
    """The secret itself, and as base64 would hide it at each of the three offsets."""
    yield secret
    raw = secret.encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode()
        # What depends on the neighbouring bytes is cut off.
        yield encoded[4 if offset else 0 : len(encoded) - 4]
    yield raw.hex()


def test_the_table_has_no_secret_in_clear(used):
    app, pending, code, secrets = used
    items = list(table())
    mine = [item for item in items if app.pool_id in json.dumps(item, default=repr)]
    assert len(mine) > 8, "the scan should have seen what this test has stored"
    text = "\n".join(json.dumps(item, default=repr) for item in items)
    for secret in secrets:
        for spelling in spellings(secret):
            assert spelling not in text, secret[:20]
    # A code has six digits only, so it is looked for where it would stand.
    [stored] = [
        item
        for item in mine
        if item["PK"]["S"] == f"USER#{app.pool_id}#{pending}" and item["SK"]["S"] == "CODE#sign_up"
    ]
    assert code not in json.dumps(stored["hash"])
    assert len(base64.b64decode(stored["hash"]["S"])) >= 32
    for spelling in (code, base64.b64encode(code.encode()).decode()):
        assert all(value.get("S") != spelling and value.get("N") != spelling for value in stored.values())
    assert int(stored["expires_at"]["N"]) > 0


def test_the_logs_have_no_secret_either(used):
    app, pending, code, secrets = used
    files = list(Path(os.environ["GATEHOUSE_LOGS"]).glob("*.log"))
    logs = "\n".join(file.read_text(errors="replace") for file in files if file.name != "local-aws.log")
    assert '"operation":"SignUp"' in logs or "SignUp" in logs, "the functions should have logged what they did"
    for secret in [*secrets, os.environ["AWS_SECRET_ACCESS_KEY"]]:
        assert secret not in logs, secret[:20]
    assert PASSWORD not in logs
