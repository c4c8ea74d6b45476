"""A log that tells secrets is found out: the search of tests/secrets, tried on functions that really write such logs."""

from urllib.parse import urlsplit

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from conftest import boto_client
from own_functions import Endpoint, Function
from stack import ports
from stack.secrets_used import Used, leaks
from stack.wiretap import Wiretap
from support import PASSWORD, make_app  # noqa: F401 - fixture


@pytest.fixture
def told(make_app, tmp_path):
    """A function: signs in and renews at a function with such an environment; what it told of it, and its whole log."""

    def sign_in(**environment):
        app, log = make_app(), tmp_path / "function.log"
        name = app.user(None, password := f"{PASSWORD}-of-this-one")
        function = Function("initiate-auth", log=log, **environment)
        endpoint = Endpoint({"initiate-auth": [function]})
        tap = Wiretap(ports.free_ports(1)[0], urlsplit(endpoint.url).port, tmp_path / "wire")
        tap.start()
        client = boto_client(config=Config(signature_version=UNSIGNED), endpoint_url=f"http://127.0.0.1:{tap.port}")
        try:
            ask = {"ClientId": app.client_id, "AuthFlow": "USER_PASSWORD_AUTH"}
            answer = client.initiate_auth(**ask, AuthParameters={"USERNAME": name, "PASSWORD": password})
            token = answer["AuthenticationResult"]["RefreshToken"]
            ask["AuthFlow"] = "REFRESH_TOKEN_AUTH"
            assert client.initiate_auth(**ask, AuthParameters={"REFRESH_TOKEN": token})["AuthenticationResult"]
        finally:
            tap.stop()
            endpoint.server.close()
            function.stop()
        used = Used.on(tmp_path / "wire")
        assert {password, token} <= set(used.texts)
        return {name for name, _ in leaks(used, log.read_bytes())}, log.read_text()

    return sign_in


def test_a_log_with_requests_in_it_is_found_out(told):
    """What a developer sees of a function's events, as its runtime reads them."""
    found, log = told(RUST_LOG="trace")
    assert "raw JSON event" in log
    # Of the tokens the log has the signatures, in the answers of KMS.
    assert {"PASSWORD", "REFRESH_TOKEN", "AccessToken", "IdToken"} <= found


@pytest.mark.parametrize("form", ["JSON", "Text"])
def test_no_level_of_the_log_tells_a_secret(told, form):
    """template.yaml's `LogLevel`."""
    found, log = told(AWS_LAMBDA_LOG_LEVEL="TRACE", AWS_LAMBDA_LOG_FORMAT=form)
    assert log.count('"message":"request"') == 2
    assert not found
