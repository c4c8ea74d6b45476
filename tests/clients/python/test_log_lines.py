"""Each request leaves one line in the log, however it ends: which one, of whose pool, how long, what became of it."""

import json

import pytest
from browser import OAUTH, Browser, Relying
from oauth_support import MACHINE, READ, add_api, secret_of
from own_functions import TRACE, Died, Function, event_of
from sites import Held, Sent
from stack.counting_proxy import Fault
from support import PASSWORD, make_app  # noqa: F401 - fixture
from troubles import error


def fails(_, call):
    """What becomes of a call of AWS when AWS fails, whatever it is asked."""
    return Fault(False, answer=error(500, "InternalFailure", call["name"]))


def kills(function, _):
    return Fault(False, function.kill)


class Told:
    """A function, and the one line that each request leaves in its log."""

    def __init__(self, name, log):
        self.met, self.seen = None, 0
        self.function = Function(name, lambda function, call: self.met and self.met(function, call), log=log)

    def __call__(self, event, met=None):
        """The status of the answer to a request and its line; `met`: what calls of AWS meet on the way."""
        self.met = met
        answer = self.function.invoke(event)
        lines, request = self.function.lines()
        self.seen += 1
        assert len(lines) == self.seen
        assert (lines[-1]["request_id"], lines[-1]["trace_id"]) == (request, TRACE)
        assert lines[-1]["duration_ms"] > 0 and lines[-1]["level"] == ("ERROR" if met else "INFO")
        return answer.get("statusCode"), lines[-1]


@pytest.fixture
def of(tmp_path):
    """A function: `Told` of a function's name."""
    made = []

    def start(name):
        made.append(Told(name, tmp_path / f"{name}.log"))
        return made[-1]

    yield start
    for told in made:
        told.function.stop()


def said(line):
    return line["operation"], line.get("pool"), line["outcome"]


def test_an_operation_of_the_api(make_app, of):
    app, told = make_app(), of("initiate-auth")
    name, pool = app.user(), app.pool_id

    def ask(operation="InitiateAuth", **more):
        body = {"ClientId": app.client_id, "AuthFlow": "USER_PASSWORD_AUTH"} | more
        return event_of("initiate-auth", operation, json.dumps(body))

    right = {"AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD}}
    status, line = told(ask(**right))
    assert (status, *said(line)) == (200, "InitiateAuth", pool, "ok") and line["cold_start"]
    status, line = told(ask(AuthParameters={"USERNAME": name, "PASSWORD": "wrong"}))
    assert (status, *said(line)) == (400, "InitiateAuth", pool, "NotAuthorizedException") and not line["cold_start"]
    status, line = told(ask(AuthFlow="NONE"))
    assert (status, *said(line)) == (400, "InitiateAuth", None, "InvalidParameterException")
    status, line = told(ask("NoSuchOperation"))
    assert (status, *said(line)) == (400, "Unknown", None, "UnknownOperationException")
    status, line = told(ask(**right) | {"headers": {"x": "\n"}})
    assert (status, *said(line)) == (400, "initiate-auth", None, "400")
    status, line = told(ask(**right), fails)
    assert (status, *said(line)) == (500, "InitiateAuth", pool, "InternalErrorException")
    assert "InternalFailure" in line["cause"] or "error" in line["cause"].lower()


def test_an_endpoint_of_oauth(make_app, endpoint, of):
    app, told = make_app(), of("oauth-token")
    add_api(app)
    made = app.cognito.create_user_pool_client(
        UserPoolId=app.pool_id, ClientName="machine", AllowedOAuthScopes=[READ], **MACHINE
    )
    own = secret_of(app.beside(made["UserPoolClient"]))

    def ask(**form):
        return Held(endpoint).send("POST", "/oauth2/token", {"grant_type": "client_credentials"} | form, own).event()

    status, line = told(ask())
    assert (status, *said(line)) == (200, "oauth-token", app.pool_id, "ok")
    status, line = told(ask(scope="openid"))
    assert (status, *said(line)) == (400, "oauth-token", app.pool_id, "400")
    status, line = told(ask(), fails)
    assert (status, *said(line)) == (500, "oauth-token", app.pool_id, "InternalErrorException")


def test_a_page(make_app, endpoint, of):
    app, told = make_app(**OAUTH), of("login")
    relying = Relying(app, Browser(endpoint))
    name, page = app.user(), relying.sign_in_page()

    def ask(password):
        return Held.of(relying.browser).submit(page, username=name, password=password).event()

    status, line = told(ask(PASSWORD))
    assert (status, *said(line)) == (303, "login", app.pool_id, "ok")
    status, line = told(ask("wrong"))
    assert (status, *said(line)) == (400, "login", app.pool_id, "NotAuthorizedException")
    status, line = told(Sent("GET", "/login").event())
    assert (status, *said(line)) == (400, "login", None, "400")
    status, line = told(ask(PASSWORD), fails)
    assert said(line) == ("login", app.pool_id, "InternalErrorException")


def test_a_panic(of, endpoint):
    """The line says where it was, and nothing of what the panic said."""
    told = of("panics")
    form = {"password": PASSWORD}
    try:
        told.function.invoke(Held(endpoint).send("POST", "/", form).event())
    except Died:
        pass  # As a release build would.
    [line], _ = told.function.lines()
    assert said(line) == ("panics", "us-east-1_Panics", "Panic") and line["level"] == "ERROR"
    assert line["trace_id"] == TRACE and line["request_id"] and line["duration_ms"] > 0
    assert line["cause"].startswith("tests/src/bin/panics.rs:")
    assert PASSWORD not in json.dumps(line)


def test_a_function_that_is_killed_leaves_the_line_to_lambda(of, make_app):
    """Lambda's own line has the request's id and that the function ended; the next request is told of as ever."""
    app, told = make_app(), of("initiate-auth")
    body = {"ClientId": app.client_id, "AuthFlow": "USER_PASSWORD_AUTH"}
    body["AuthParameters"] = {"USERNAME": app.user(), "PASSWORD": PASSWORD}
    event = event_of("initiate-auth", "InitiateAuth", json.dumps(body))
    with pytest.raises(Died):
        told(event, kills)
    assert told.function.lines()[0] == []
    assert told(event)[0] == 200
