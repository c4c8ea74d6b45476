"""What can go wrong with one call of AWS, as the function that makes it sees it."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field

from stack.counting_proxy import Fault

WRITES = {
    # DynamoDB
    "TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
    # KMS, SES, SNS, IAM
    "CreateKey", "CreateAlias", "DeleteAlias", "ScheduleKeyDeletion", "POST /v2/email/outbound-emails", "Publish",
    "AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider",
}  # fmt: skip
MESSAGES = {"POST /v2/email/outbound-emails", "Publish"}
QUERY = {"Publish", "AssumeRoleWithWebIdentity", "AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider"}

# The name of a trouble → whether it is over when the SDK tries again.
OF_READS = {"throttled once": True, "throttled": False, "fails": False, "unreachable": False}
OF_WRITES = OF_READS | {
    "answer lost once": True,
    "answer lost": False,
    "killed before": False,
    "killed after": False,
}
OF_TRANSACTIONS = OF_WRITES | {"conflict once": True, "conflict": False}
# Takes as long as a function waits.
SILENT = "silent once"


def troubles_of(call):
    if call == "TransactWriteItems":
        return OF_TRANSACTIONS
    return OF_WRITES if call in WRITES else OF_READS


def error(status, name, call, **more):
    """An error of AWS, in the form of the protocol that the call is made in."""
    if call in QUERY:
        body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{name}</Code><Message>no</Message></Error></ErrorResponse>"
        kind = "text/xml"
    else:
        body, kind = json.dumps({"__type": name, "message": "no"} | more), "application/x-amz-json-1.0"
    return (
        f"HTTP/1.1 {status} No\r\ncontent-type: {kind}\r\nx-amzn-errortype: {name}\r\n"
        f"content-length: {len(body)}\r\n\r\n{body}"
    ).encode()


def throttled(call):
    if call in QUERY:
        return error(400, "Throttling", call)
    if call in MESSAGES:
        return error(429, "TooManyRequestsException", call)
    return error(400, "ThrottlingException", call)


def conflict(call, body):
    steps = len(json.loads(body)["TransactItems"])
    reasons = [{"Code": "TransactionConflict", "Message": "no"}] + [{"Code": "None"}] * (steps - 1)
    return error(400, "TransactionCanceledException", call, CancellationReasons=reasons)


def keys_written(call, body):
    """The primary keys that a call of DynamoDB writes."""
    if call not in ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
        return set()
    body = json.loads(body)
    if call == "TransactWriteItems":
        details = [detail for item in body["TransactItems"] for kind, detail in item.items() if kind != "ConditionCheck"]
    elif call == "BatchWriteItem":
        details = [detail for items in body["RequestItems"].values() for item in items for detail in item.values()]
    else:
        details = [body]
    found = [detail.get("Item") or detail["Key"] for detail in details]
    return {(key["PK"]["S"], key["SK"]["S"]) for key in found}


@dataclass
class Trouble:
    """One trouble, which meets one call: the n-th of its name. Without a name: a record of what is called."""

    kind: str | None = None
    call: str | None = None
    n: int = 0
    # (call, n) in the order of their beginning, each once however often the SDK tries.
    calls: list = field(default_factory=list)
    written: set = field(default_factory=set)
    # Whether AWS was reached by anything that writes.
    may_be_done: bool = False
    met: int = 0

    def __post_init__(self):
        self._of_id, self._count, self._lock = {}, Counter(), threading.Lock()

    def __call__(self, function, call):
        name = call["name"]
        with self._lock:
            if call["id"] not in self._of_id:
                self._of_id[call["id"]] = (name, self._count[name])
                self._count[name] += 1
                self.calls.append(self._of_id[call["id"]])
            self.written |= keys_written(name, call["body"])
            fault = None
            if self._of_id[call["id"]] == (self.call, self.n):
                self.met += 1
                fault = self._fault(function, name, call["body"])
            if name in WRITES and (fault is None or fault.reaches_aws):
                self.may_be_done = True
            return fault

    def _fault(self, function, call, body):
        kind = self.kind
        if kind.endswith(" once"):
            if self.met > 1:
                return None
            kind = kind.removesuffix(" once")
        return {
            "throttled": lambda: Fault(False, answer=throttled(call)),
            "fails": lambda: Fault(False, answer=error(500, "InternalFailure", call)),
            "conflict": lambda: Fault(False, answer=conflict(call, body)),
            "unreachable": lambda: Fault(False),
            "answer lost": lambda: Fault(True),
            "silent": lambda: Fault(True, silence=8),
            "killed before": lambda: Fault(False, function.kill),
            "killed after": lambda: Fault(True, function.kill),
        }[kind]()
