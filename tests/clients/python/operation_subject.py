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


class Subject:
    """One operation in a function of its own."""

    def __init__(self, operation):
        self.operation, self.trouble = operation, Trouble()
        self.entry = SERVED[operation.service, operation.name]
        port = ports.free_ports(1)[0]
        # STS and IAM are another server of the stack.
        upstream = urlsplit(os.environ["GATEHOUSE_LOCAL_IAM"]).port
        self.iam = counting_proxy.Counter(port, upstream, lambda call: self.trouble(self.function, call))
        self.iam.start()
        iam = f"http://127.0.0.1:{port}"
        self.function = Function(
            self.entry["function"],
            lambda function, call: self.trouble(function, call),
            AWS_MAX_ATTEMPTS="2",
            AWS_ENDPOINT_URL_STS=iam,
            AWS_ENDPOINT_URL_IAM=iam,
        )

    def restart(self):
        self.function.kill()
        self.function.process.wait()
        self.function.start()

    def send(self, request, trouble=None):
        """The status and error that are answered; None for success, "died" for nothing at all."""
        return self.send_body(json.dumps(encoded(request)).encode(), trouble)

    def send_body(self, body, trouble=None, headers=None, method="POST"):
        """The same for any body. `headers`: of them, what is another; without those that are None."""
        self.trouble = trouble or Trouble()
        event = event_of(self.entry["function"], self.operation.name, base64.b64encode(body).decode())
        event["isBase64Encoded"] = True
        changed = event["headers"] | (headers or {})
        event["headers"] = {name: value for name, value in changed.items() if value is not None}
        event["requestContext"]["http"]["method"] = method
        try:
            answer = self.function.invoke(event)
        except Died:
            return "died"
        finally:
            self.trouble = Trouble()
        if "errorMessage" in answer:
            return 500, answer["errorMessage"]
        answer = read(answer)
        return None if answer.status == 200 else answer.error

    def stop(self):
        self.function.stop()
        self.iam.stop()


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture
def subject(request):
    made = Subject(request.param)
    yield made
    made.stop()
