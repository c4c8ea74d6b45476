"""Cold starts: a function's process from its start to its first answer, and what it weighs.

A small Lambda runtime API hands the process one event of events/ and takes the answer; AWS is the stack's.
"""

import json
import statistics
import subprocess
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import functions
from .config import ROOT, StackError

RUNS = 5
# A Lambda function that does nothing, to compare with; it is no function of Gatehouse's.
NOTHING = "do-nothing"
NEXT = "/2018-06-01/runtime/invocation/next"


class _Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.server.asked is not None:
            self.server.done.wait(60)  # There is one event only; the process is ended meanwhile.
            return
        self.server.asked = time.perf_counter()
        deadline = str(int((time.time() + 60) * 1000))
        self.send_response(200)
        self.send_header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        self.send_header("lambda-runtime-deadline-ms", deadline)
        self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:cold")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(self.server.event)))
        self.end_headers()
        self.wfile.write(self.server.event)

    def do_POST(self):
        self.server.answer = self.rfile.read(int(self.headers.get("content-length", 0)))
        # A refusal is an answer too: what some examples name is nowhere.
        self.server.failed = self.path.endswith("/init/error")
        self.server.answered = time.perf_counter()
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()
        self.server.done.set()

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    asked = answered = answer = None
    failed = False

    def handle_error(self, *_):
        """The process under measurement is ended while it waits for a second event."""


def _start_once(stack, name, binary, event):
    server = _Server(("127.0.0.1", 0), _Api)
    server.event = event
    server.done = threading.Event()
    threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True).start()
    environment = functions.runtime_environment(stack, name, f"127.0.0.1:{server.server_port}")
    begin = time.perf_counter()
    process = subprocess.Popen([binary], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not server.done.wait(60) or server.failed:
            raise StackError(f"{name} does not answer its event: {(server.answer or b'nothing').decode()}")
        memory = _peak_memory(process.pid)
    finally:
        process.kill()
        process.wait()
        server.shutdown()
        server.server_close()
    return server.asked - begin, server.answered - begin, memory


def _peak_memory(pid):
    """Peak resident bytes, where the system tells (Linux)."""
    try:
        with open(f"/proc/{pid}/status") as status:
            lines = dict(line.split(":", 1) for line in status)
        return int(lines["VmHWM"].split()[0]) * 1024
    except OSError:
        return None


def _event(name):
    """What is usual for the function, or what it has an example of."""
    events = ROOT / "events" / name
    usual = events / "basic.json"
    return (usual if usual.exists() else min(events.glob("*.json"))).read_bytes()


def measure(stack, profile):
    """A row per function: seconds until it asked for work and until it answered, peak memory, size, zipped size."""
    rows = []
    for name in (NOTHING, *functions.names()):
        binary = ROOT / "target" / profile / name
        if name == NOTHING and not binary.exists():
            continue
        event = b"{}" if name == NOTHING else _event(name)
        runs = [_start_once(stack, name, binary, event) for _ in range(RUNS)]
        ready, answered, memory = zip(*runs, strict=True)
        rows.append(
            {
                "function": name,
                "ready": statistics.median(ready),
                "answered": statistics.median(answered),
                "memory": memory[0] and max(memory),
                "size": binary.stat().st_size,
                "zipped": len(zlib.compress(binary.read_bytes(), 9)),
            }
        )
    return rows
