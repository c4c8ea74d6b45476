"""Functions of a test's own: each a process behind a proxy of its own, which counts what the function asks of AWS, or
gets in the way of it."""

import json
import os
import subprocess
import time
import tomllib
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread
from urllib.parse import urlsplit

import pytest
from event_support import ROOT, load, read
from stack import config, counting_proxy, ports


# X-Ray's, as Lambda gives it to functions.
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


class Died(Exception):
    """The process ended before it answered."""


class Runtime(BaseHTTPRequestHandler):
    """Lambda's runtime API for one process: an event goes out, its answer comes back."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        event = self.server.events.get()
        self.server.requests.append(str(uuid.uuid4()))
        self.send_response(200)
        self.send_header("lambda-runtime-aws-request-id", self.server.requests[-1])
        self.send_header("lambda-runtime-trace-id", TRACE)
        self.send_header("lambda-runtime-deadline-ms", str(int((time.time() + 60) * 1000)))
        self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:own")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(event)))
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self):
        self.server.answers.put(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """The process is ended while it waits for its next event."""

    def close(self):
        self.shutdown()
        self.server_close()


class Function:
    """One process of a function, started anew when it has ended. `fault`: see `counting_proxy.Counter`; `log`: a file, by
    default one beside the logs of the stack's own, which are searched for secrets in the end."""

    def __init__(self, name, fault=None, log=None, **environment):
        self.binary = ROOT / "target/debug" / name
        if not self.binary.exists():
            pytest.fail(f"{self.binary} is not built")
        self.log = log or Path(os.environ["GATEHOUSE_LOGS"]) / f"own-{name}.log"
        port = ports.free_ports(1)[0]
        upstream = urlsplit(os.environ["GATEHOUSE_LOCAL_AWS"]).port
        self.counter = counting_proxy.Counter(port, upstream, fault and (lambda call: fault(self, call)))
        self.counter.start()
        self.server, self.requests = None, []
        self.environment = {
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
            "AWS_REGION": os.environ["AWS_REGION"],
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "GATEHOUSE_TABLE": os.environ["GATEHOUSE_TABLE"],
            "GATEHOUSE_SEALING_KEY": config.SEALING_KEY,
            "GATEHOUSE_ISSUER_BASE": os.environ["GATEHOUSE_ISSUER_BASE"],
            "GATEHOUSE_EMAIL_FROM": config.EMAIL_FROM,
            "GATEHOUSE_IDENTITY_KEYS": config.IDENTITY_KEY,
        } | environment
        self.start()

    def start(self):
        # Of its own for each process: one that was ended while it waited would take the next event with it.
        if self.server:
            Thread(target=self.server.close, daemon=True).start()
        self.server = Quiet(Runtime)
        self.server.events, self.server.answers, self.server.requests = Queue(), Queue(), self.requests
        self.environment["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{self.server.server_port}"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([self.binary], env=self.environment, stdout=log, stderr=log)

    def invoke(self, event):
        """The answer to one event; the caller sees to it that there is one at a time."""
        self.server.events.put(json.dumps(event).encode())
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                return json.loads(self.server.answers.get(timeout=0.02))
            except Empty:
                if self.process.poll() is not None:
                    self.start()
                    raise Died from None
        pytest.fail(f"{self.binary.name} does not answer")

    def lines(self):
        """The lines of all requests so far, and the id of the last one."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if '"message":"request"' in line]
        return lines, self.requests[-1]

    def kill(self):
        self.process.kill()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.server.close()
        self.counter.stop()


def event_of(function, operation, body):
    """The event that API Gateway would make of a request; one that is to be signed is signed for IAM."""
    event = load(f"{function}/basic")
    before = event["pathParameters"]["operation"]
    event = json.loads(json.dumps(event | {"body": ""}).replace(before, operation))
    return event | {"body": body, "isBase64Encoded": False}


class Endpoint:
    """What SDKs call: an operation goes to a free process of its function, as API Gateway would send it."""

    def __init__(self, functions):
        operations = tomllib.loads((ROOT / "operations.toml").read_text())["user-pool"]
        self.function_of = {name: entry["function"] for name, entry in operations.items()}
        self.free = {name: Queue() for name in functions}
        for name, processes in functions.items():
            for process in processes:
                self.free[name].put(process)
        self.died, self.lock = 0, Lock()
        endpoint = self

        class Front(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                status, headers, text = endpoint.answer(self.headers["x-amz-target"].rsplit(".")[-1], body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = Quiet(Front)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, operation, body):
        name = self.function_of[operation]
        event = event_of(name, operation, body)
        process = self.free[name].get(timeout=60)
        try:
            answer = process.invoke(event)
        except Died:
            with self.lock:
                self.died += 1
            return 500, {}, b'{"__type": "FunctionDied", "message": "The function ended before it answered."}'
        finally:
            self.free[name].put(process)
        answer = read(answer)
        return answer.status, answer.headers, json.dumps(answer.body).encode()
