"""The stack itself: what `make dev` promises, on ports and in a directory of its own, from prebuilt binaries."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from stack import config, counting_proxy, criterion, ports, process_table
from stack.lock import Lock
from stack.mailbox import message, page

ROOT = Path(__file__).resolve().parents[3]


def stack_command(*arguments, **environment):
    """`python -m stack …`, outside the stack that this test itself runs in."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GATEHOUSE_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "stack", *map(str, arguments)],
        cwd=ROOT,
        env=inherited | {"PYTHONPATH": str(ROOT / "tests")} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def processes_that_mention(text):
    return [command for _, _, command in process_table.rows() if text in command]


def three_free_ports():
    """The first of three neighbours, as `make dev` wants them."""
    while True:
        port = ports.free_ports(1)[0]
        if not any(ports.is_taken(port + offset) for offset in range(3)):
            return port


class DevStack:
    """`make dev` from prebuilt binaries in a directory of its own."""

    def __init__(self, directory):
        self.directory = directory
        self.port = three_free_ports()
        self.process = None

    @property
    def arguments(self):
        return ["dev", "--no-build", "--prebuilt", "--instances", 1, "--directory", self.directory, "--port", self.port]

    def start(self):
        self.process = stack_command(*self.arguments)
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "Gatehouse is ready" in line:
                return
        pytest.fail("".join(lines))

    def stop(self, number):
        self.process.send_signal(number)
        output = self.process.stdout.read()
        assert self.process.wait(30) == 0, output
        return output

    def kill_all(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def environment(self):
        """What a shell has after `source .dev/env`."""
        command = ["env", "-i", "sh", "-c", '. "$1" && env', "sh", str(self.directory / "env")]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def dev(tmp_path):
    stack = DevStack(tmp_path / "dev")
    yield stack
    stack.kill_all()


def test_a_development_stack_from_start_to_reset(dev):
    dev.start()

    # A second one in the same place, on whatever port, says that there is one.
    second = stack_command("dev", "--no-build", "--prebuilt", "--directory", dev.directory, PORT="20001")
    output = second.communicate(timeout=30)[0]
    assert second.returncode == 1
    assert f"`make dev` is already running here (process {dev.process.pid}, http://localhost:{dev.port})" in output
    reset = stack_command("reset", "--directory", dev.directory)
    assert "already running" in reset.communicate(timeout=30)[0] and reset.returncode == 1

    # One elsewhere on the same port says which port is taken, and how to choose another.
    other = stack_command("dev", "--no-build", "--prebuilt", "--directory", dev.directory / "x", PORT=str(dev.port))
    output = other.communicate(timeout=30)[0]
    assert other.returncode == 1
    assert f"Port {dev.port} (Gatehouse) is taken" in output and "PORT=" in output

    # .dev/env is all that a stock client needs.
    environment = dev.environment()
    cognito = boto3.client(
        "cognito-idp",
        endpoint_url=environment["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    pool, client = environment["GATEHOUSE_USER_POOL_ID"], environment["GATEHOUSE_CLIENT_ID"]
    sign_in = {
        "ClientId": client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": config.USERNAME, "PASSWORD": config.PASSWORD},
    }
    assert cognito.initiate_auth(**sign_in)["AuthenticationResult"]["AccessToken"]
    cognito.admin_create_user(UserPoolId=pool, Username="kept", MessageAction="SUPPRESS")

    # Ctrl-C leaves no process, and what was made is there the next time.
    port = dev.port
    assert processes_that_mention(str(port)), "the router should show its port"
    assert "does not stop" not in dev.stop(signal.SIGINT)
    assert not processes_that_mention(str(dev.directory)) and not processes_that_mention(f" {port} ")
    assert not any(ports.is_taken(port + offset) for offset in range(3))
    dev.start()
    assert cognito.admin_get_user(UserPoolId=pool, Username="kept")["Username"] == "kept"
    assert cognito.initiate_auth(**sign_in)["AuthenticationResult"]["AccessToken"]

    # SIGTERM does the same; reset forgets.
    dev.stop(signal.SIGTERM)
    reset = stack_command("reset", "--directory", dev.directory)
    assert reset.wait(30) == 0
    assert [entry.name for entry in dev.directory.iterdir()] == ["lock"]
    assert not any(ports.is_taken(port + offset) for offset in range(3))


def test_every_operation_keeps_its_budget_of_round_trips():
    """Counted on the wire: design's budget, one warm request each."""
    process = stack_command("bench", "--only", "round-trips", "--json", "--profile", "debug")
    output = process.communicate(timeout=240)[0]
    assert process.returncode == 0, output
    report, _ = json.JSONDecoder().raw_decode(output, output.index("{"))
    rows = report["round_trips"]
    counted = {row["operation"]: row["in_sequence"] for row in rows if row["budget"] is not None}
    assert counted == {
        "InitiateAuth USER_PASSWORD_AUTH": 2,
        "InitiateAuth USER_SRP_AUTH": 1,
        "RespondToAuthChallenge PASSWORD_VERIFIER": 2,
        "InitiateAuth REFRESH_TOKEN_AUTH": 2,
        "GetTokensFromRefreshToken": 2,
        "GetUser": 1,
        "code exchange": 3,
        "client_credentials": 1,
        "JWKS": 0,
        "openid-configuration": 0,
    }


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/nothing/", "/a/b/c", "//", "//a", "/user-pool", "/user-pool/", "/user-pool/sign-up", "/favicon.ico",
     "/user-pool/no-such-function/SignUp", "/us-east-1_Gatehouse/.well-known/nothing", "/%2e%2e/x"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_that_nothing_serves_answers_404(http, method, path):
    answer = http(method, path, b"{}" if method == "POST" else None)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json["message"]


@pytest.mark.parametrize("path", ["/", "/user-pool/sign-up/SignUp"])
def test_a_browser_s_preflight_is_answered(http, path):
    answer = http(
        "OPTIONS",
        path,
        headers={
            "origin": "https://app.example.com",
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,x-amz-target,x-amz-user-agent",
        },
    )
    assert answer.status in (200, 204)
    assert answer.headers["access-control-allow-origin"] in ("*", "https://app.example.com")
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert allowed == "*" or {"content-type", "x-amz-target", "x-amz-user-agent"} <= set(
        allowed.replace(" ", "").split(",")
    )


KILL_AND_CALL = """
import os, signal, time
import boto3
from stack import process_table

pids = [pid for pid, parent, command in process_table.rows()
        if parent == os.getppid() and command.endswith("debug/list-users")]
os.kill(*pids, signal.SIGABRT)
time.sleep(1)
assert boto3.client("cognito-idp").list_users(UserPoolId=os.environ["GATEHOUSE_USER_POOL_ID"])["Users"]
"""


def test_a_function_that_dies_is_started_again_and_its_log_says_so(tmp_path):
    logs = tmp_path / "logs"
    process = stack_command("run", "--keep-logs", logs, "--", sys.executable, "-c", KILL_AND_CALL)
    output = process.communicate(timeout=120)[0]
    assert process.returncode == 0, output
    assert "list-users ended by itself 1 time(s)" in output
    assert f"ended with status -{signal.SIGABRT.value}" in (logs / "list-users.log").read_text()


def test_run_hands_the_command_s_status_on():
    process = stack_command("run", "--", "sh", "-c", "exit 7")
    output = process.communicate(timeout=120)[0]
    assert process.returncode == 7, output


def test_the_environment_file_survives_a_shell(tmp_path):
    stack = config.Stack(9000, 9001, 9002, 9003, tmp_path, secret_access_key="a b'c$d\"e")
    file = tmp_path / "env"
    file.write_text(config.env_file(stack))
    command = ["sh", "-euc", '. "$1"; printf %s "$AWS_SECRET_ACCESS_KEY"; test -z "${AWS_SESSION_TOKEN-}"', "sh", file]
    done = subprocess.run(
        command, env={"PATH": os.environ["PATH"], "AWS_SESSION_TOKEN": "other"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "a b'c$d\"e"
    names = {line.split("=")[0].removeprefix("export ") for line in file.read_text().splitlines() if "=" in line}
    assert names == {
        "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_REGION", "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "GATEHOUSE_ENDPOINT", "GATEHOUSE_ISSUER_BASE",
        "GATEHOUSE_MAILBOX_URL", "GATEHOUSE_USER_POOL_ID", "GATEHOUSE_CLIENT_ID",
        "GATEHOUSE_IDENTITY_POOL_ID", "GATEHOUSE_PHOTO_BUCKET",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3",
    }  # fmt: skip


def test_a_lock_has_one_holder(tmp_path):
    with Lock(tmp_path), pytest.raises(config.StackError, match="already running"), Lock(tmp_path):
        pass
    with Lock(tmp_path):
        pass


def test_a_listening_port_is_taken_on_either_loopback_address():
    port = ports.free_ports(1)[0]
    assert not ports.is_taken(port)
    with socket.create_server(("127.0.0.1", port)):
        assert ports.is_taken(port)
    if socket.has_dualstack_ipv6():
        with socket.create_server(("::1", port), family=socket.AF_INET6):
            assert ports.is_taken(port)


def test_calls_in_sequence_are_those_that_wait_for_each_other():
    def calls(*spans):
        return [{"start": start, "end": end} for start, end in spans]

    assert counting_proxy.in_sequence([]) == 0
    assert counting_proxy.in_sequence(calls((0, 2), (1, 3), (1, 4))) == 1
    assert counting_proxy.in_sequence(calls((0, 1), (1, 3), (1.5, 2), (3.5, 4))) == 3


def test_what_criterion_measured_becomes_a_table(tmp_path):
    measured = {"SRP: the proof": 1_234_567.0, "JWT: verified": 41_500.0, "Filter": 87.654, "Slow": 2.5e9}
    for name, nanoseconds in measured.items():
        results = tmp_path / name.replace(": ", "_") / "new"
        results.mkdir(parents=True)
        (results / "benchmark.json").write_text(json.dumps({"full_id": name}))
        interval = {"lower_bound": nanoseconds * 0.99, "upper_bound": nanoseconds * 1.01}
        median = {"point_estimate": nanoseconds, "confidence_interval": interval}
        (results / "estimates.json").write_text(json.dumps({"median": median, "mean": median | {"point_estimate": 1}}))
    (tmp_path / "report").mkdir()
    rows = [line.split("|") for line in criterion.section(criterion.read(tmp_path)) if line.startswith("| ")]
    assert [[cell.strip() for cell in row[1:-1]] for row in rows] == [
        ["Computation", "median", "a second"],
        ["Filter", "87.7 ns (86.8 ns – 88.5 ns)", "11,000,000"],
        ["JWT: verified", "41.5 µs (41.1 µs – 41.9 µs)", "24,000"],
        ["SRP: the proof", "1.23 ms (1.22 ms – 1.25 ms)", "810"],
        ["Slow", "2.50 s (2.48 s – 2.52 s)", "0.4"],
    ]


def test_the_mailbox_finds_codes_and_nothing_like_them():
    assert message("email", "a@example.com", "Hi", "Your code is 012345.")["code"] == "012345"
    assert message("sms", "+15550100", None, "Order 1234567, call 12345")["code"] is None


def test_the_mailbox_s_page_shows_mail_as_text():
    found = message("email", '"><b>@example.com', "<script>1</script>", "<img src=x onerror=alert(1)> 123456")
    shown = page([found | {"received": 0}])
    assert "<script" not in shown and "<img" not in shown and "<b>" not in shown
    assert "&lt;script&gt;" in shown and "<strong>123456</strong>" in shown


def test_the_mailbox_answers_people_programs_and_no_other_site(cognito, unique, mailbox):
    address = f"{unique('mail')}@example.com"
    cognito.sign_up(
        ClientId=config.CLIENT_ID,
        Username=unique("mail"),
        Password=config.PASSWORD,
        UserAttributes=[{"Name": "email", "Value": address}],
    )
    code = mailbox(address)
    assert [found["to"] for found in mailbox.messages(address)] == [address]
    shown = fetch_mailbox({"accept": "text/html,*/*"})
    assert address in shown and code in shown
    # A name of another site that leads to this machine.
    assert json.loads(fetch_mailbox({"host": "mail.example.net"})) == {"message": "Forbidden"}


def fetch_mailbox(headers):
    connection = http.client.HTTPConnection(os.environ["GATEHOUSE_MAILBOX_URL"].removeprefix("http://"), timeout=30)
    connection.request("GET", "/", headers=headers)
    return connection.getresponse().read().decode()
