"""The functions behind one port: built by cargo, served by cargo-lambda's Invoke API and router."""

import json
import tomllib
import urllib.error
import urllib.request

from . import ports, roles
from .config import METRICS, ROOT, StackError, base_environment, say, tool

# A call through the front door occupies it for as long as the function behind works.
# Two of what tests race.
INSTANCES = {
    "front-door": 4,
    "sign-up": 2,
    "confirm-sign-up": 2,
    "confirm-user": 2,
    "initiate-auth": 2,
    "respond-to-auth-challenge": 2,
    "tokens": 2,
    "admin-users": 2,
    "get-id": 2,
}
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def names():
    """Every function of the workspace, in the order of its contents page."""
    manifest = tomllib.loads((ROOT / "functions" / "Cargo.toml").read_text())
    return [binary["name"] for binary in manifest["bin"]]


def build(processes, profile):
    """Builds every function, with cargo's own progress on the terminal."""
    argv = ["cargo", "build", "--package", "gatehouse-functions", "--bins"]
    argv += ["--release"] if profile == "release" else []
    cargo = processes.start("cargo build", argv, base_environment())
    if cargo.popen.wait() != 0:
        raise StackError("The functions do not compile; see cargo's messages above.")
    processes.all.remove(cargo)


def watch(processes, stack):
    """Serves the workspace itself: cargo-lambda starts functions on demand and rebuilds them on change."""
    argv = [*_api(stack), "--concurrency", "2", "--quiet"]
    environment = base_environment() | stack.function_environment()
    # What the functions log, and nothing about who starts them: compile errors appear all the same.
    environment.setdefault("RUST_LOG", "gatehouse=info,cargo_lambda_watch=off")
    hub = processes.start("cargo lambda watch", argv, environment)
    ports.wait_for(stack.port, hub.alive)


def prebuilt(processes, stack, profile, instances=None):
    """Serves binaries as they are: cargo-lambda has the ports only, and we start the instances."""
    binaries = {name: ROOT / "target" / profile / name for name in names()}
    missing = [name for name, path in binaries.items() if not path.exists()]
    if missing:
        raise StackError(f"Not built yet ({profile}): {', '.join(missing)}. Build them with cargo first.")
    argv = [*_api(stack), "--only-lambda-apis", "--ignore-changes"]
    hub = processes.start("cargo lambda watch", argv, base_environment(), log=stack.logs / "cargo-lambda.log")
    ports.wait_for(stack.hub_port or stack.port, hub.alive)
    for name, path in binaries.items():
        for _ in range(instances or INSTANCES.get(name, 1)):
            log = stack.logs / f"{name}.log"
            processes.start(name, [path], runtime_environment(stack, name), log=log, restart=True, stage=2)


def runtime_environment(stack, name, runtime=None):
    """What Lambda would tell the process of one function, which gets nothing else of this machine."""
    # The front door calls functions by their names, as it does when deployed, and needs nobody in between.
    lambda_url = stack.functions_url if name == "front-door" else stack.lambda_url
    return stack.function_environment() | {
        "AWS_ENDPOINT_URL_LAMBDA": lambda_url,
        "AWS_ACCESS_KEY_ID": roles.access_key(name),
        "AWS_LAMBDA_RUNTIME_API": runtime or f"{stack.functions_url}/.rt/{name}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stack",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "GATEHOUSE_METRICS": METRICS,
        "RUST_BACKTRACE": "1",
    }


def _api(stack):
    # The functions answer preflights themselves, here as behind API Gateway.
    address = ["--invoke-address", "127.0.0.1", "--invoke-port", str(stack.hub_port or stack.port)]
    return [tool(".venv", "cargo-lambda"), "lambda", "watch", *address, "--disable-cors"]


def invoke(stack, name, payload):
    """Calls a function through Lambda's Invoke API, as an operator would."""
    url = f"{stack.functions_url}/2015-03-31/functions/{name}/invocations"
    request = urllib.request.Request(url, json.dumps(payload).encode(), {"content-type": "application/json"})
    try:
        with _OPENER.open(request, timeout=120) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        raise StackError(f"{name} failed: {error.read().decode(errors='replace')}") from None
    if isinstance(answer, dict) and "errorMessage" in answer:
        raise StackError(f"{name} failed: {answer['errorMessage']}")
    return answer


def report(processes):
    """Says which functions ended by themselves; a healthy stack prints nothing."""
    for name, count in processes.failures().items():
        say(f"{name} ended by itself {count} time(s); see its log.")
