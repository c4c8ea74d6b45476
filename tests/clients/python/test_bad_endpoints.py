"""No request that is not right does anything at an endpoint of OAuth or a page, and none is our own failure.

A right request of each is broken in every part: it must not do what the right one does, unless the part may be as it is
(`free` in every_endpoint.py), nor write or hand out anything else, and never is the answer a 5xx.
"""

import json
import os
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from bad_forms import broken
from every_endpoint import ENDPOINTS
from fault_walk import COUNTERS, family
from own_functions import Died, Function
from sites import Sites
from troubles import Trouble

# Of the ways to break a request every n-th is tried.
EVERY = int(os.environ.get("GATEHOUSE_BAD_REQUESTS_EVERY", "30"))
# Errors of OAuth 2.0 and its extensions: RFC 6749 sections 4.1.2.1 and 5.2, 6750 3.1, 7009 2.2.1, 7591 3.2.2, 8628 3.5,
# 8707 2, 9449 5 and 7.1; 9126 section 2.3 has no others.
OAUTH_ERRORS = {
    "access_denied", "authorization_pending", "expired_token", "insufficient_scope", "invalid_client",
    "invalid_client_metadata", "invalid_dpop_proof", "invalid_grant", "invalid_redirect_uri", "invalid_request",
    "invalid_scope", "invalid_target", "invalid_token", "slow_down", "unauthorized_client", "unsupported_grant_type",
    "unsupported_response_type", "unsupported_token_type",
}  # fmt: skip
# What API Gateway says to what is no request, and we in its place.
BAD_REQUEST = '{"message":"Bad Request"}'
# What only a right request gets.
HANDED_OUT = {"access_token", "id_token", "refresh_token", "device_code", "request_uri", "code", "session"}
# What may be odd about a request that is right all the same. Paths are API Gateway's business, where they name nothing.
HARMLESS = {
    "all": {
        "host with a port", "host with spaces", "host of other letters", "host that is none", "host with a path",
        "host empty", "host of 10 KB", "proto", "proto empty", "forwarded", "languages", "agent", "trace", "1000 headers",
        "100 KB header", "unknown parameters", "unescaped query", "query without names",
    },
    "content-type": {"tabs"},
    "path": None,
}  # fmt: skip
BY_PATH = {"images", "oidc-discovery"}
# Pages whose forms no other site may send.
FORMS = {"add-passkey", "confirm", "connect-device", "forgot-password", "login", "signup"}


@pytest.fixture(scope="module")
def sites():
    return Sites()


class Asked:
    """An endpoint in a function of its own."""

    def __init__(self, function):
        self.record = Trouble()
        self.process = Function(function, lambda process, call: self.record(process, call), AWS_MAX_ATTEMPTS="2")

    def send(self, sent):
        """The answer, and the keys of what was written on the way, but for counters of tries."""
        self.record = Trouble()
        try:
            answer = self.process.invoke(sent.event())
        except Died:
            answer = {"statusCode": "died"}
        answer.setdefault("statusCode", answer.get("errorMessage"))
        counters = (*COUNTERS, "ENTRIES")
        written = {key for key in self.record.written if not key[0].startswith(counters) and not key[1].startswith(counters)}
        return answer, written


def families(written):
    return {family(key) for key in written}


def told(answer):
    """What an answer is, without its values: its status, where it leads, the names of what it hands out or asks for."""
    headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
    location = urlsplit(headers.get("location", ""))
    given = {cookie.split("=")[0] for cookie in answer.get("cookies") or [] if "Max-Age=0" not in cookie}
    try:
        members = json.loads(answer.get("body") or "")
    except ValueError:
        members = None
    names = set(members) if isinstance(members, dict) else set()
    names |= set(parse_qs(location.query or location.fragment))
    names |= {f"<{name}>" for name in re.findall(r' name="([\w.-]+)"', answer.get("body") or "")}
    names |= {"session" for name in given if "csrf" not in name}
    return answer["statusCode"], location.path, names


def is_free(endpoint, method, part, way):
    """Whether a request may do what the right one does although this is wrong with it."""
    if part in ("site", "csrf") and (endpoint.function not in FORMS or method != "POST"):
        return True
    harmless = {} if endpoint.function in BY_PATH and part == "path" else HARMLESS
    return any(part in free and (free[part] is None or way in free[part]) for free in (endpoint.free, harmless))


def unfit(endpoint, answer):
    """What is wrong with an answer, whatever was asked."""
    status, _, names = told(answer)
    if not isinstance(status, int) or status >= 500:
        return [f"{status}"]
    if endpoint.function.startswith("oauth-") and endpoint.function != "oauth-authorize" and status >= 400:
        error = json.loads(answer["body"]).get("error") if "error" in names else None
        if error not in OAUTH_ERRORS and answer.get("body") != BAD_REQUEST:
            return [f"error {error}"]
    return []


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_what_is_not_right_is_refused_and_does_nothing(endpoint, sites):
    asked = Asked(endpoint.function)
    try:
        request = endpoint.request(sites)
        right, normal = asked.send(request)
        normal = families(normal)
        assert right["statusCode"] < 400, right
        wrong, variants = [], list(broken(endpoint.request(sites)))
        for number in range(len(endpoint.name) % EVERY, len(variants), EVERY):
            part, way, bad = variants[number]
            answer, written = asked.send(bad)
            found = unfit(endpoint, answer)
            if too_long := [key for key in written if len(key[0].encode()) > 2048 or len(key[1].encode()) > 1024]:
                found.append(f"a key is longer than DynamoDB's may be: {str(too_long)[:100]}")
            done = normal <= families(written) if normal else told(answer) == told(right)
            if not is_free(endpoint, request.method, part, way):
                if done:
                    found.append("done")
                elif families(written) - endpoint.leaves:
                    found.append(f"written: {families(written)}")
                elif names := told(answer)[2] & HANDED_OUT:
                    found.append(f"handed out: {names}")
            wrong += [f"{part}: {way}: {what}" for what in found]
            # What is guessed is locked soon, and what was redeemed is no right request any more.
            if done or written or part in ("code", "password", "user_code"):
                variants = list(broken(endpoint.request(sites)))
    finally:
        asked.process.stop()
    assert not wrong, "\n" + "\n".join(wrong)
