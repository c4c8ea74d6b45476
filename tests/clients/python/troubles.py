"""What can go wrong with one call of AWS, as the function that makes it sees it."""

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formatdate

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
# Nobody looks at the time of what is not signed.
UNSIGNED = {"AssumeRoleWithWebIdentity"}

# The names of troubles; one that is over when the SDK tries again ends in "once".
OF_READS = ("throttled once", "throttled", "fails", "unreachable")
OF_CLOCKS = ("clock is off once", "clock is off")
OF_WRITES = (*OF_READS, "answer lost once", "answer lost", "killed before", "killed after")
OF_TRANSACTIONS = (*OF_WRITES, "conflict once", "conflict")
# Takes as long as a function waits.
SILENT = "silent once"
# Of the functions of triggers. They are not asked again where they may have run.
OF_INVOCATIONS = (
    "throttled once", "throttled", "fails", "unreachable", "answer lost", "silent", "its own error", "rubbish",
    "killed before", "killed after",
)  # fmt: skip
# How far AWS's clock is from the function's, in seconds, where that is the trouble; and how far it may be.
OFF, TOLERATED = 600, 300


def troubles_of(call):
    """Every trouble of a call but those with functions of triggers."""
    if call == "Invoke":
        return ()
    kinds = OF_TRANSACTIONS if call == "TransactWriteItems" else OF_WRITES if call in WRITES else OF_READS
    return (*kinds, *(() if call in UNSIGNED else OF_CLOCKS), *((SILENT,) if call in WRITES else ()))


def answer(status, body, kind="application/x-amz-json-1.0", **headers):
    lines = {"content-type": kind, "content-length": len(body)} | headers
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} No\r\n{head}\r\n{body}".encode()


def error(status, name, call, headers=None, **more):
    """An error of AWS, in the form of the protocol that the call is made in."""
    if call in QUERY:
        body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{name}</Code><Message>no</Message></Error></ErrorResponse>"
        return answer(status, body, "text/xml", **(headers or {}))
    body = json.dumps({"__type": name, "message": "no"} | more)
    return answer(status, body, x_amzn_errortype=name, **(headers or {}))


def throttled(call):
    if call in QUERY:
        return error(400, "Throttling", call)
    if call in MESSAGES or call == "Invoke":
        return error(429, "TooManyRequestsException", call)
    return error(400, "ThrottlingException", call)


def out_of_time(call):
    """What AWS says to a signature of another time; the SDK learns the right one from the answer's date."""
    status, name = (403, "SignatureDoesNotMatch") if call in QUERY else (400, "InvalidSignatureException")
    return error(status, name, call, {"date": formatdate(time.time() + OFF, usegmt=True)})


def is_signed_in_time(signed):
    """Whether the time of a signature is AWS's, where that is off."""
    at = datetime.strptime(f"{signed}+0000", "%Y%m%dT%H%M%SZ%z").timestamp()
    return abs(at - time.time() - OFF) < TOLERATED


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
                fault = self._fault(function, call)
            if name in WRITES and (fault is None or fault.reaches_aws):
                self.may_be_done = True
            return fault

    def _fault(self, function, call):
        kind, name, body = self.kind, call["name"], call["body"]
        if kind.endswith(" once"):
            kind = kind.removesuffix(" once")
            if self.met > 1 and (kind != "clock is off" or is_signed_in_time(call["signed"])):
                return None
        return {
            "throttled": lambda: Fault(False, answer=throttled(name)),
            "fails": lambda: Fault(False, answer=error(500, "InternalFailure", name)),
            "conflict": lambda: Fault(False, answer=conflict(name, body)),
            "clock is off": lambda: Fault(False, answer=out_of_time(name)),
            "its own error": lambda: Fault(True, answer=OWN_ERROR),
            "rubbish": lambda: Fault(True, answer=answer(200, '{"no": "event"}')),
            "unreachable": lambda: Fault(False),
            "answer lost": lambda: Fault(True),
            "silent": lambda: Fault(True, silence=8),
            "killed before": lambda: Fault(False, function.kill),
            "killed after": lambda: Fault(True, function.kill),
        }[kind]()


OWN_ERROR = answer(200, json.dumps({"errorMessage": "no", "errorType": "Error"}), x_amz_function_error="Unhandled")
