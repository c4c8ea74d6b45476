"""A reverse proxy before the local AWS that notes every call: how many, how many one after another, and how many items
of a table a call looked at.

It holds every call back a little, so that calls made at once overlap however fast the machine is; or for as long as a
service of AWS would take.
`GET /_calls` lists the calls since the last `DELETE /_calls`.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import request_units
from .proxy import Proxy

DELAY = 0.015
# What a call of a service takes in AWS's own Region, in seconds, where that is simulated.
SIMULATED = {"DynamoDB": 0.005, "TrentService": 0.008}


@dataclass(frozen=True)
class Fault:
    """What gets in the way of a call: AWS may have done what it asks for, but nobody learns of it."""

    reaches_aws: bool
    then: Callable = lambda: None
    # What is answered in AWS's place; without it the connection ends.
    answer: bytes = b""
    # Seconds for which nothing at all is answered.
    silence: float = 0


def in_sequence(calls):
    """The longest run of calls each of which began after the one before had ended."""
    length, end = 0, float("-inf")
    for call in sorted(calls, key=lambda call: call["end"]):
        if call["start"] >= end:
            length, end = length + 1, call["end"]
    return length


class Counter(Proxy):
    """The proxy that counts."""

    def __init__(self, port, upstream_port, fault=None, simulated=False):
        """`fault`: a function of a call (its name, its body, the id that its retries share, when it was signed): what gets
        in its way.

        `simulated`: a call takes at least what `SIMULATED` says of its service.
        """
        super().__init__(port, upstream_port)
        self._fault, self._simulated = fault, simulated
        self.url = f"http://127.0.0.1:{port}/_calls"
        self._calls = []

    def reset(self):
        self._calls = []

    def calls(self):
        return list(self._calls)

    async def serve(self, reader, writer):
        """One connection of a client: its requests in turn, over one connection to the local AWS."""
        upstream = None
        try:
            while (request := await _message(reader)) is not None:
                head, body = request
                method, path = head.split(b" ", 2)[:2]
                if path == b"/_calls":
                    writer.write(self._own(method))
                    await writer.drain()
                    continue
                if upstream is None:
                    upstream = await self.upstream()
                trace = _header(head, "x-amzn-trace-id")
                call = {"name": _name(head, body), "start": time.monotonic(), "trace": trace}
                if self._fault is None and not self._simulated:
                    await asyncio.sleep(DELAY)
                # Attempts to invoke a function have only their client context in common.
                same = _header(head, "x-amz-client-context") or _header(head, "amz-sdk-invocation-id")
                met = {"id": same, "body": body, "signed": _header(head, "x-amz-date")}
                fault = self._fault and self._fault(call | met)
                if fault is None or fault.reaches_aws:
                    upstream[1].write(head + body)
                    response = await _message(upstream[0], response_to=method)
                if fault:
                    fault.then()
                    await asyncio.sleep(fault.silence)
                    if not fault.answer:
                        break
                    writer.write(fault.answer)
                    await writer.drain()
                    continue
                if response is None:
                    break
                if self._simulated:
                    await asyncio.sleep(call["start"] + SIMULATED.get(_service(head), 0) - time.monotonic())
                call["end"] = time.monotonic()
                call["items"] = _items(response[1])
                call["reads"], call["writes"] = request_units.of(call["name"], body, response[1])
                self._calls.append(call)
                writer.write(b"".join(response))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # The client or the local AWS hung up; nobody waits for an answer.
        finally:
            writer.close()
            if upstream:
                upstream[1].close()

    def _own(self, method):
        if method == b"DELETE":
            self.reset()
        body = json.dumps(self._calls).encode()
        return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


async def _message(reader, response_to=None):
    """One HTTP/1.1 message as (head, body), byte for byte; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    headers = {}
    for line in head.split(b"\r\n")[1:-2]:
        name, _, value = line.partition(b":")
        headers[name.strip().lower()] = value.strip()
    if response_to == b"HEAD" or (response_to and head.split(b" ", 2)[1] in (b"204", b"304")):
        return head, b""
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return head, await _chunks(reader)
    return head, await reader.readexactly(int(headers.get(b"content-length", 0)))


async def _chunks(reader):
    parts = []
    while True:
        size = await reader.readuntil(b"\r\n")
        data = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
        parts += [size, data]
        if data == b"\r\n":
            return b"".join(parts)


def _items(body):
    """How many items DynamoDB looked at for this answer, found or not; 0 for an answer that is not one of its reads."""
    try:
        answer = json.loads(body)
    except ValueError:
        return 0
    if not isinstance(answer, dict):
        return 0
    if isinstance(answer.get("Responses"), dict):
        return sum(map(len, answer["Responses"].values()))
    return answer.get("ScannedCount", int("Item" in answer))


def _header(head, wanted):
    """The value of a header; an empty text where there is none."""
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == wanted:
            return value.strip()
    return ""


def _service(head):
    """The service that a call is for, as its target header begins; `TrentService` is KMS."""
    return _header(head, "x-amz-target").split("_")[0].split(".")[0]


def _name(head, body):
    """The call's operation: from its target header, its form, or its path."""
    if head.startswith(b"POST /2015-03-31/functions/"):
        return "Invoke"
    if target := _header(head, "x-amz-target"):
        return target.rsplit(".", 1)[-1]
    for field in body[:2000].decode("latin-1").split("&"):
        if field.startswith("Action="):
            return field.removeprefix("Action=")
    return " ".join(head.decode("latin-1").split(" ", 2)[:2])
