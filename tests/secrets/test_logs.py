"""What the functions logged during all tests before this one: a line for each request, and none of the secrets used.

Runs last, like tests/policies. The secrets are those that went over the wire (stack/wiretap.py, stack/secrets_used.py),
the codes that were sent, and the keys that the stack was started with.
"""

import json
import os
import urllib.request
from pathlib import Path

import pytest

from stack import config, functions
from stack.secrets_used import Used, leaks

# What the emulators of AWS write is no log of Gatehouse's.
OTHERS = {"local-aws.log", "local-iam.log"}
REQUEST = {"timestamp", "level", "function", "request_id", "operation", "duration_ms", "outcome", "cold_start"}


@pytest.fixture(scope="module")
def logs():
    return {path.name: path.read_bytes() for path in Path(os.environ["GATEHOUSE_LOGS"]).glob("*.log")}


@pytest.fixture(scope="module")
def lines(logs):
    """Lines of requests, by the log's name."""
    return {
        name: [json.loads(line) for line in text.splitlines() if line.startswith(b"{") and b'"message":"request"' in line]
        for name, text in logs.items()
    }


def test_no_log_tells_a_secret(logs):
    used = Used.on(os.environ["GATEHOUSE_WIRE"])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(os.environ["GATEHOUSE_MAILBOX_URL"], timeout=60) as response:
        for message in json.load(response):
            if message["code"]:
                used.codes.add(message["code"])
    for secret in (config.PASSWORD, os.environ["AWS_SECRET_ACCESS_KEY"]):
        used.add("key", secret)
    assert len(used.texts) > 20, "the wire should have told what was used"
    assert not leaks(used, b"\n".join(text for name, text in logs.items() if name not in OTHERS))


def test_every_request_is_one_line(lines):
    seen = [line for found in lines.values() for line in found]
    assert len(seen) > 20, "the functions should have logged what they did"
    names = functions.names()
    for line in seen:
        assert REQUEST <= line.keys(), line
        assert line["function"] in names and line["operation"] and line["outcome"], line
    one = [line["request_id"] for line in lines["sign-up.log"]]
    assert len(one) == len(set(one))


def test_metrics_count_requests_errors_and_cold_starts(lines):
    seen = lines["initiate-auth.log"]
    for line in seen:
        [*_, directive] = [d for d in line["_aws"]["CloudWatchMetrics"] if d["Dimensions"] == [["operation"]]]
        assert directive["Namespace"] == config.METRICS
        assert {metric["Name"] for metric in directive["Metrics"]} == {"Requests", "Errors", "Faults", "Latency"}
        refused = line["outcome"] != "ok"
        assert (line["Requests"], line["Errors"] + line["Faults"]) == (1, int(refused)), line
    signed_in = [line for line in seen if line.get("SignIns")]
    assert signed_in and all(line["pool"] and line["outcome"] == "ok" for line in signed_in)
    assert any(line["cold_start"] and line["ColdStarts"] == 1 for line in seen)


# --- The search itself: it must be able to find --------------------------------------------------------------------

TOKEN = "eyJraWQiOiJhIn0.eyJzdWIiOiI3ZjZlNWQ0Yy0zYjJhLTQ4MTkifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbi0xMjM0NTY3ODk"
STREAM = (
    b"POST / HTTP/1.1\r\ncookie: __Host-session=Zm9ydHktdHdvLWNvb2tpZXM; theme=dark\r\n"
    b"authorization: Basic Y2xpZW50LTE6czNjcmV0LW9mLWNsaWVudA==\r\n\r\n"
    b'{"AuthParameters": {"PASSWORD": "Tr0ub4dor & \\"3\\"", "USERNAME": "somebody-known"}, '
    b'"ConfirmationCode":"482913","TokenType":"Bearer-of-nothing"}'
    b"grant_type=authorization_code&code_verifier=dBjftJeZ4CVP-mB92K27uhbU&x=1"
    b'{"AccessToken":"' + TOKEN.encode() + b'"}<input type="hidden" name="csrf" value="q83vEjRWeJCrze8SNFZ4kA">'
)


@pytest.fixture(scope="module")
def used():
    found = Used()
    found.read(STREAM)
    return found


@pytest.mark.parametrize(
    "line",
    [
        "cookie Zm9ydHktdHdvLWNvb2tpZXM",
        "secret s3cret-of-client",
        'password Tr0ub4dor & "3"',
        json.dumps({"cause": 'Tr0ub4dor & "3"'}),
        "Tr0ub4dor%20%26%20%223%22",
        "base64 xxxxVHIwdWI0ZG9yICYgIjMi",
        "hex 5472307562346" + "4" + "6f722026202233" + "22",
        '{"code":"482913"}',
        "code=482913",
        "verifier dBjftJeZ4CVP-mB92K27uhbU.",
        f"cut {TOKEN[:60]}",
        f"signature {TOKEN[-46:]}",
        "csrf=q83vEjRWeJCrze8SNFZ4kA",
    ],
)
def test_the_search_finds(used, line):
    assert leaks(used, b"before\n" + line.encode() + b"\nafter")


@pytest.mark.parametrize(
    "line",
    [
        '{"operation":"SignUp","duration_ms":482913.5,"request_id":"7f6e5d4c-482913-4a"}',
        "at 1764086482913",
        "somebody-known",
        "Bearer-of-nothing",
        "eyJraWQiOiJhIn0",
        "authorization_code",
    ],
)
def test_the_search_is_not_misled(used, line):
    assert not leaks(used, line.encode())
