"""The same operations asked of Gatehouse, cognito-local and moto, on this machine and one after another.

They are emulators for tests: they keep users in memory or a file, hash no passwords, and sign with a key of their own. So
this says how long a developer waits, not what a deployed service would do. Each is asked by the same client. How many there
are in a second counts what has to be there before each, such as the sign-in before GetUser.
"""

import http.client
import json
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager

from . import load, ports, seed
from .config import PASSWORD, REGION, ROOT, StackError, base_environment, say
from .run import running
from .scenarios import TARGET, Caller, code_exchange, client_credentials, get_user, password, refresh_auth, sign_up
from .scenarios import srp_finish, srp_start

CLIENTS = (1, 8, 64)
RIVAL_USER = "bench@example.com"
# Operation → the scenario; SRP is two requests.
OPERATIONS = {
    "sign-up": sign_up,
    "USER_PASSWORD_AUTH": password,
    "SRP, first request": srp_start,
    "SRP, second request": srp_finish,
    "refresh": refresh_auth,
    "GetUser": get_user,
    "code exchange": code_exchange,
    "client_credentials": client_credentials,
}


class RivalCaller(Caller):
    """A caller of an emulator, which listens on a port and takes everything at `/`."""

    suffix = "@example.com"  # cognito-local's pools want addresses as names.

    def __init__(self, port, pool_id, client_id):
        self.pool_id, self.client_id, self.username = pool_id, client_id, RIVAL_USER
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, operation, body):
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"{TARGET}.{operation}",
            # Neither checks it; moto reads Region and service from it.
            "authorization": f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/cognito-idp/aws4_request, "
            "SignedHeaders=host, Signature=0",
        }
        data = json.dumps(body).encode()
        return lambda: self.send("POST", "/", data, headers)


@contextmanager
def _served(name, argv, port, **more):
    directory = tempfile.mkdtemp(prefix="gatehouse-rival-")
    environment = base_environment() | {"PORT": str(port), "HOST": "127.0.0.1", "CODE": "123456"}
    process = subprocess.Popen(
        argv, cwd=directory, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more
    )
    try:
        ports.wait_for(port, lambda: process.poll() is None, seconds=60)
        time.sleep(1)
        yield port
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(directory, ignore_errors=True)


def _set_up(port):
    """A pool, a client and a user with a password; returns the ids."""
    caller = RivalCaller(port, "", "")
    pool = caller.do("CreateUserPool", PoolName="bench")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = caller.do("CreateUserPoolClient", UserPoolId=pool, ClientName="bench", ExplicitAuthFlows=flows)
    user = {"UserPoolId": pool, "Username": RIVAL_USER}
    attributes = [{"Name": "email", "Value": RIVAL_USER}]
    caller.do("AdminCreateUser", **user, UserAttributes=attributes, MessageAction="SUPPRESS")
    caller.do("AdminSetUserPassword", **user, Password=PASSWORD, Permanent=True)
    return pool, client["UserPoolClient"]["ClientId"]


def tools():
    """Rival → how it is started on a port; the Makefile installs them (`tests/rivals`)."""
    folder = ROOT / "tests" / "rivals" / "node_modules" / "cognito-local"
    return {
        "cognito-local": lambda port: ["node", str(folder / "lib" / "bin" / "start.js")],
        "moto": lambda port: [str(ROOT / ".venv-rivals" / "bin" / "moto_server"), "-p", str(port)],
    }


def measure(profile, requests, instances):
    """operation → clients → server → what `load.run` says."""
    say("Comparing with cognito-local and moto …")
    results = {}
    with running(profile, instances=instances) as (stack, _, _):
        seed.demo(stack)
        shared = Caller(stack, direct=True)
        _measure(results, "Gatehouse", lambda: _sharing(shared, Caller(stack, direct=True)), requests)
    for name, argv in tools().items():
        [port] = ports.free_ports(1)
        try:
            with _served(name, argv(port), port):
                pool, client = _set_up(port)
                shared = RivalCaller(port, pool, client)
                _measure(results, name, lambda port=port, ids=(pool, client): RivalCaller(port, *ids), requests)
        except (OSError, StackError) as error:
            say(f"{name} cannot be measured: {error}")
    return results


def _sharing(shared, caller):
    """A caller that takes over what another has set up: clients and resource servers are made once."""
    for name in ("oauth_clients", "server"):
        if name in shared.__dict__:
            setattr(caller, name, getattr(shared, name))
    return caller


def _measure(results, server, make, requests):
    for operation, scenario in OPERATIONS.items():
        for clients in CLIENTS:

            def prepare(scenario=scenario):
                caller = make()
                while True:
                    call = scenario(caller)
                    yield lambda call=call: call()[0]

            answer = load.run(prepare, clients, requests)
            results.setdefault(operation, {}).setdefault(clients, {})[server] = answer
            if "error" in answer:
                say(f"{server}: {operation}: {answer['error'][:150]}")
                for more in CLIENTS:
                    results[operation].setdefault(more, {})[server] = answer
                break


def rows(results):
    """For a table: Gatehouse's figures, and the others' in relation to them; above 1 they are slower."""
    for operation, by_clients in results.items():
        for clients, by_server in by_clients.items():
            own = by_server.get("Gatehouse", {"error": ""})
            row = [operation, clients]
            row += ["cannot"] * 3 if "error" in own else [
                f"{own['median'] * 1000:.1f}", f"{own['p95'] * 1000:.1f}", f"{own['rate']:.0f}"
            ]  # fmt: skip
            for name in ("cognito-local", "moto"):
                other = by_server.get(name, {"error": ""})
                if "error" in other or "error" in own:
                    row += ["cannot", "cannot"]
                else:
                    row += [f"× {other['median'] / own['median']:.2f}", f"× {other['rate'] / own['rate']:.2f}"]
            yield row
