"""Lambda functions that a test brings: written in Python for Amazon Cognito, run as Lambda runs them.

A function is `handler(event, context)`, as AWS's documentation shows them; it gets the event as the service sent it and
answers with the event, filled in. It runs in a thread of the test that takes invocations from Lambda's runtime API.
"""

import json
import os
import threading
import urllib.request
from dataclasses import dataclass, field

import pytest

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
