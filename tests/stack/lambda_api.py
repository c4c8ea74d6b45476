"""Lambda as the functions of a stack see it: the Invoke API with ARNs, for what pools name as triggers.

The binaries of the workspace are passed on to cargo-lambda, which knows functions by name alone. Every other function is
one that a test brings: it runs in the test's own process and takes its invocations from Lambda's runtime API, which is
served here under `/<function>/2018-06-01/runtime/`.
"""

import base64
import binascii
import json
import queue
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_INVOKE = re.compile(r"/2015-03-31/functions/([^/?]+)/invocations")
_RUNTIME = re.compile(r"/([\w-]+)/2018-06-01/runtime/invocation/(?:(next)|([\w-]+)/(response|error))")
_ARN = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:([\w-]+)(?::[\w$-]+)?")
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# A runtime asks again after that time; an invocation lasts at most as long as Lambda lets one.
POLL_SECONDS = 20
LONGEST_SECONDS = 900


class _Invocation:
    def __init__(self, arn, payload, context):
        self.id = str(uuid.uuid4())
        self.arn = arn
        self.payload = payload
        self.context = context
        self.answer = queue.Queue(1)


class LambdaApi:
    """The server, on a port that the system chooses. `binaries` are served by cargo-lambda on `upstream_port`."""

    def __init__(self, upstream_port, binaries):
        self.upstream = f"http://127.0.0.1:{upstream_port}"
        self.binaries = frozenset(binaries)
        self._waiting = {}
        self._running = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="lambda-api", daemon=True)

    @property
    def port(self):
        return self._server.server_address[1]

    def start(self):
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def invoke(self, arn, name, payload, context):
        """(status, headers, body) of an invocation, in Lambda's form."""
        waiting = self._queue(name)
        if waiting is None:
            body = json.dumps({"Type": "User", "Message": f"Function not found: {arn}"}).encode()
            return 404, {"x-amzn-errortype": "ResourceNotFoundException"}, body
        invocation = _Invocation(arn, payload, context)
        with self._lock:
            self._running[invocation.id] = invocation
        waiting.put(invocation)
        failed, body = invocation.answer.get(timeout=LONGEST_SECONDS)
        return 200, {"x-amz-function-error": "Unhandled"} if failed else {}, body

    def _queue(self, name, seconds=0.5):
        """The queue of a function, which may be about to ask for its first invocation; None where there is none."""
        deadline = time.monotonic() + seconds
        while True:
            with self._lock:
                waiting = self._waiting.get(name)
            if waiting is not None or time.monotonic() > deadline:
                return waiting
            time.sleep(0.02)

    def is_ready(self, name):
        """Whether a function has asked for its first invocation."""
        with self._lock:
            return name in self._waiting

    def next(self, name, seconds):
        """The next invocation of a function; None after so many seconds without one."""
        with self._lock:
            waiting = self._waiting.setdefault(name, queue.Queue())
        try:
            return waiting.get(timeout=seconds)
        except queue.Empty:
            return None

    def finish(self, identifier, failed, body):
        with self._lock:
            invocation = self._running.pop(identifier)
        invocation.answer.put((failed, body))


def _client_context(encoded):
    try:
        return base64.b64decode(encoded or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _handler(api):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.path.endswith("/ready"):
                ready = api.is_ready(self.path.strip("/").removesuffix("/ready"))
                return self._answer(200, {}, json.dumps(ready).encode())
            match = _RUNTIME.fullmatch(self.path)
            if match is None or match[2] is None:
                return self._answer(404, {}, b"{}")
            # AWS's runtimes wait as long as it takes; a test's own wants to see whether it shall end.
            patient = self.headers.get("user-agent", "").startswith("aws-lambda-rust")
            invocation = api.next(match[1], None if patient else POLL_SECONDS)
            if invocation is None:
                return self._answer(204, {}, b"")
            headers = {
                "lambda-runtime-aws-request-id": invocation.id,
                "lambda-runtime-deadline-ms": str(int(time.time() * 1000) + LONGEST_SECONDS * 1000),
                "lambda-runtime-invoked-function-arn": invocation.arn,
                "lambda-runtime-client-context": invocation.context,
            }
            return self._answer(200, headers, invocation.payload)

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if (match := _RUNTIME.fullmatch(self.path)) and match[3]:
                api.finish(match[3], match[4] == "error", body)
                return self._answer(202, {}, b"{}")
            if (match := _INVOKE.fullmatch(self.path)) is None:
                return self._answer(404, {}, b"{}")
            function = urllib.parse.unquote(match[1])
            arn = _ARN.fullmatch(function)
            name = arn[1] if arn else function
            if name in api.binaries:
                return self._answer(*self._forwarded(name, body))
            context = _client_context(self.headers.get("x-amz-client-context"))
            return self._answer(*api.invoke(function, name, body, context))

        def _forwarded(self, name, body):
            """What cargo-lambda answers."""
            url = f"{api.upstream}/2015-03-31/functions/{name}/invocations"
            kept = ("content-type", "x-amz-client-context", "x-amz-invocation-type")
            headers = {name: self.headers[name] for name in kept if name in self.headers}
            request = urllib.request.Request(url, body, headers)
            try:
                with _OPENER.open(request, timeout=LONGEST_SECONDS) as response:
                    return response.status, {}, response.read()
            except urllib.error.HTTPError as error:
                return error.code, {}, error.read()

        def _answer(self, status, headers, body):
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # Whoever asked waits no longer.

        def log_message(self, *_):
            pass

    return Handler
