"""One operation in a function of its own, whose calls of AWS meet what a test wants them to."""

import base64
import json
import os
from urllib.parse import urlsplit

import pytest
from event_support import read
from every_operation import World, encoded, served_operations
from own_functions import Died, Function, event_of
from stack import counting_proxy, ports
from troubles import Trouble

SERVED = served_operations()
# What it says of triggers' functions, by the trouble with one.
OF_TRIGGERS = {
    "its own error": (400, "UserLambdaValidationException"),
    "rubbish": (400, "InvalidLambdaResponseException"),
}


class Subject:
    """A function of its own. Where AWS is elsewhere than at the local AWS, a proxy of its own stands before that too."""

    # What a client is told: of our own failure, of too many requests, of a message that cannot be sent.
    INTERNAL = frozenset({(500, "InternalErrorException")})
    BUSY = frozenset({(400, "TooManyRequestsException")})
    UNSENT = frozenset({(400, "CodeDeliveryFailureException")})

    def __init__(self, operation, function, **environment):
        self.operation, self.trouble = operation, Trouble()
        self.proxies = []
        # STS and IAM are another server of the stack.
        iam = self._before(os.environ["GATEHOUSE_LOCAL_IAM"])
        self.function = Function(
            function,
            lambda function, call: self.trouble(function, call),
            AWS_MAX_ATTEMPTS="2",
            AWS_ENDPOINT_URL_STS=iam,
            AWS_ENDPOINT_URL_IAM=iam,
            AWS_ENDPOINT_URL_LAMBDA=self._before(os.environ["GATEHOUSE_LAMBDA_URL"]),
            GATEHOUSE_TRIGGER_SECONDS="1",
            **environment,
        )

    def _before(self, server):
        """The address of a proxy before a server."""
        port = ports.free_ports(1)[0]
        proxy = counting_proxy.Counter(port, urlsplit(server).port, lambda call: self.trouble(self.function, call))
        proxy.start()
        self.proxies.append(proxy)
        return f"http://127.0.0.1:{port}"

    def restart(self):
        self.function.kill()
        self.function.process.wait()
        self.function.start()

    def invoke(self, event, trouble=None):
        """The function's answer, as it is; None where it ended before."""
        self.trouble = trouble or Trouble()
        try:
            return self.function.invoke(event)
        except Died:
            return None
        finally:
            self.trouble = Trouble()

    def of_trigger(self, kind):
        """What is told when the function of a trigger has this trouble."""
        return OF_TRIGGERS.get(kind, (400, "UnexpectedLambdaException"))

    def stop(self):
        self.function.stop()
        for proxy in self.proxies:
            proxy.stop()


class OperationSubject(Subject):
    """The function of an operation of the API."""

    def __init__(self, operation):
        entry = SERVED[operation.service, operation.name]
        super().__init__(operation, entry["function"])

    def send(self, request, trouble=None):
        """The status and error that are answered; None for success, "died" for nothing at all."""
        return self.send_body(json.dumps(encoded(request)).encode(), trouble)

    def send_body(self, body, trouble=None, headers=None, method="POST"):
        """The same for any body. `headers`: of them, what is another; without those that are None."""
        event = event_of(self.function.binary.name, self.operation.name, base64.b64encode(body).decode())
        event["isBase64Encoded"] = True
        changed = event["headers"] | (headers or {})
        event["headers"] = {name: value for name, value in changed.items() if value is not None}
        event["requestContext"]["http"]["method"] = method
        answer = self.invoke(event, trouble)
        if answer is None:
            return "died"
        if "errorMessage" in answer:
            return 500, answer["errorMessage"]
        answer = read(answer)
        return None if answer.status == 200 else answer.error


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture
def subject(request):
    made = OperationSubject(request.param)
    yield made
    made.stop()
