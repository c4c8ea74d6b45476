"""Lambda functions that a test brings: written in Python for Amazon Cognito, run as Lambda runs them.

A function is `handler(event, context)`, as AWS's documentation shows them; it gets the event as the service sent it and
answers with the event, filled in. It runs in a thread of the test that takes invocations from Lambda's runtime API.
"""

import json
import os
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass, field

import pytest
from event_support import ROOT
from stack import config, roles

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ACCOUNT = "000000000000"
# The members of LambdaConfig that hold a version besides the ARN.
VERSIONED = {
    "CustomEmailSender": "V1_0",
    "CustomSMSSender": "V1_0",
    "InboundFederation": "V1_0",
    "PreTokenGenerationConfig": "V1_0",
}


def arn_of(name):
    return f"arn:aws:lambda:{os.environ['AWS_REGION']}:{ACCOUNT}:function:{name}"


@dataclass
class Context:
    """What a handler gets besides the event, as in AWS's runtime for Python."""

    aws_request_id: str
    invoked_function_arn: str
    client_context: dict

    @property
    def idempotency_key(self):
        return self.client_context["custom"]["gatehouse:idempotency-key"]


@dataclass
class Function:
    """A running function: its ARN, and what it was invoked with."""

    name: str
    handler: object
    events: list = field(default_factory=list)
    contexts: list = field(default_factory=list)
    stopped: bool = False

    @property
    def arn(self):
        return arn_of(self.name)

    @property
    def sources(self):
        return [event["triggerSource"] for event in self.events]

    def event(self, source):
        """The only event of a source."""
        (found,) = [event for event in self.events if event["triggerSource"] == source]
        return found

    def _url(self, rest):
        return f"{os.environ['GATEHOUSE_LAMBDA_URL']}/{self.name}/2018-06-01/runtime/invocation/{rest}"

    def run(self, ready):
        """What AWS's runtime does: takes an invocation, calls the handler, says how it ended."""
        while not self.stopped:
            ready.set()
            with _OPENER.open(self._url("next"), timeout=60) as response:
                if response.status == 204:
                    continue
                payload, headers = response.read(), response.headers
            identifier = headers["lambda-runtime-aws-request-id"]
            context = Context(
                identifier,
                headers["lambda-runtime-invoked-function-arn"],
                json.loads(headers["lambda-runtime-client-context"] or "{}"),
            )
            threading.Thread(target=self._handle, args=(payload, context), daemon=True).start()

    def _handle(self, payload, context):
        self.events.append(json.loads(payload))
        self.contexts.append(context)
        try:
            answer = self.handler(json.loads(payload), context)
            body, how = answer if isinstance(answer, bytes) else json.dumps(answer).encode(), "response"
        except Exception as error:  # As Lambda: every exception is the function's answer.
            body, how = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__}).encode(), "error"
        request = urllib.request.Request(self._url(f"{context.aws_request_id}/{how}"), body)
        with _OPENER.open(request, timeout=60) as response:
            response.read()


def echo(event, _context):
    """A function that lets everything be as it is."""
    return event


def lambda_config(function, *triggers, **versions):
    """A LambdaConfig that names one function for all these triggers."""
    config = {}
    for trigger in (*triggers, *versions):
        version = versions.get(trigger, VERSIONED.get(trigger))
        config[trigger] = {"LambdaArn": function.arn, "LambdaVersion": version} if version else function.arn
    return config


@pytest.fixture
def make_function(unique):
    """A function: runs a handler as a Lambda function and returns it; it ends with the test."""
    made = []

    def make(handler=echo):
        function = Function(unique("trigger"), handler)
        ready = threading.Event()
        threading.Thread(target=function.run, args=(ready,), daemon=True).start()
        assert ready.wait(10)
        made.append(function)
        return function

    yield make
    for function in made:
        function.stopped = True


class Binary:
    """One of Gatehouse's own functions for triggers, in a process of its own with an environment of its own, and in its role."""

    def __init__(self, binary, name, environment):
        path = ROOT / "target/debug" / binary
        if not path.exists():
            pytest.fail(f"{path} is not built")
        self.name = name
        lambda_url = os.environ["GATEHOUSE_LAMBDA_URL"]
        self.process = subprocess.Popen(
            [path],
            env={
                "AWS_LAMBDA_RUNTIME_API": f"{lambda_url}/{name}",
                "AWS_LAMBDA_FUNCTION_NAME": name,
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
                "AWS_REGION": os.environ["AWS_REGION"],
                "AWS_ENDPOINT_URL": os.environ["GATEHOUSE_LOCAL_AWS"],
                "AWS_ACCESS_KEY_ID": roles.access_key(binary),
                "AWS_SECRET_ACCESS_KEY": "local",
                "GATEHOUSE_TABLE": os.environ["GATEHOUSE_TABLE"],
                "GATEHOUSE_SEALING_KEY": config.SEALING_KEY,
                "GATEHOUSE_ISSUER_BASE": os.environ["GATEHOUSE_ISSUER_BASE"],
                "GATEHOUSE_EMAIL_FROM": config.EMAIL_FROM,
            }
            | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while not self._is_ready(f"{lambda_url}/{name}/ready"):
            assert self.process.poll() is None and time.monotonic() < deadline, f"{binary} does not start"
            time.sleep(0.05)

    @staticmethod
    def _is_ready(url):
        with _OPENER.open(url, timeout=5) as response:
            return json.load(response)

    @property
    def arn(self):
        return arn_of(self.name)

    def invoke(self, event):
        """The event that comes back; `Refused` where the function gives none."""
        url = f"{os.environ['GATEHOUSE_LAMBDA_URL']}/2015-03-31/functions/{self.name}/invocations"
        with _OPENER.open(urllib.request.Request(url, json.dumps(event).encode()), timeout=30) as response:
            answer = json.load(response)
            if response.headers["x-amz-function-error"]:
                raise Refused(answer["errorMessage"])
        assert answer["request"].keys() >= event["request"].keys() - {"validationData", "clientMetadata"}
        return answer


class Refused(Exception):
    """A function's error, with what it says."""


@pytest.fixture
def make_binary(unique):
    """A function: runs one of Gatehouse's own functions for triggers with these variables; it ends with the test."""
    made = []

    def make(trigger, **environment):
        made.append(Binary(f"triggers-{trigger}", unique(f"own-{trigger}"), environment))
        return made[-1]

    yield make
    for binary in made:
        binary.process.kill()
        binary.process.wait()
