"""Child processes of a stack: started in sessions of their own, restarted where wanted, all stopped in the end."""

import ctypes
import os
import signal
import subprocess
import sys
import time

from . import process_table
from .config import ROOT, StackError, say

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
# What Ctrl-C, make and a supervisor, and a terminal that closes send.
INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _die_with_parent():
    """Asks Linux to end the child when this process is killed without a chance to stop it."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """One child: how to start it, and what became of it."""

    def __init__(self, name, argv, environment, log, restart, stage):
        self.name = name
        self.argv = [str(part) for part in argv]
        self.environment = environment
        self.log = log
        self.restart = restart
        self.stage = stage
        self.failures = 0
        self.not_before = 0.0
        self.popen = None
        self.start()

    def start(self):
        output = self.log.open("ab") if self.log else None
        try:
            # A session of its own: Ctrl-C reaches this process alone, which then stops the others in order.
            self.popen = subprocess.Popen(
                self.argv,
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        finally:
            if output:
                output.close()

    def alive(self):
        return self.popen.poll() is None

    def tail(self):
        """The last lines of its log, for an error message."""
        if not self.log or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


class Processes:
    """All children of a stack. Those of the highest stage stop first."""

    def __init__(self):
        self.all = []

    def start(self, name, argv, environment, log=None, restart=False, stage=1):
        if log:
            log.parent.mkdir(parents=True, exist_ok=True)
        process = Process(name, argv, environment, log, restart, stage)
        self.all.append(process)
        return process

    def check(self):
        """Restarts what may be restarted; complains when anything else has ended."""
        for process in self.all:
            if process.alive():
                continue
            if not process.restart:
                raise StackError(f"{process.name} has ended (status {process.popen.returncode}).\n{process.tail()}")
            now = time.monotonic()
            if now < process.not_before:
                continue
            process.failures += 1
            # A function that cannot start at all must not eat the machine.
            process.not_before = now + min(5.0, 0.1 * 2**process.failures)
            note = f"[stack] {process.name} ended with status {process.popen.returncode}; started again\n"
            with process.log.open("a") as log:
                log.write(note)
            process.start()

    def run(self, command, environment):
        """Runs a command beside them and returns its exit status."""
        say(f"Running {' '.join(command)}")
        child = subprocess.Popen(command, env=environment)
        try:
            while child.poll() is None:
                self.check()
                time.sleep(0.1)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
        return child.returncode

    def failures(self):
        """Those that had to be started again, with how often."""
        table = {}
        for process in self.all:
            if process.failures:
                table[process.name] = table.get(process.name, 0) + process.failures
        return table

    def stop(self, seconds=15):
        """Ends every child and every descendant of one, stage by stage; a second Ctrl-C does not cut it short."""
        # A child of later would inherit what is ignored, and could not be ended: so the handlers come back.
        handlers = {number: signal.signal(number, signal.SIG_IGN) for number in INTERRUPTIONS}
        try:
            for stage in sorted({process.stage for process in self.all}, reverse=True):
                children = [process.popen for process in self.all if process.stage == stage]
                pids = {child.pid for child in children if child.poll() is None}
                _end(pids.union(*map(process_table.descendants, pids)), children, seconds)
            self.all.clear()
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _end(pids, children, seconds):
    for pid in pids:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while pids:
        for child in children:
            child.poll()
        pids &= {pid for pid, *_ in process_table.rows()}
        if time.monotonic() > deadline:
            break
        time.sleep(0.03)
    for pid in pids:
        say(f"Process {pid} does not stop; killing it.")
        _signal(pid, signal.SIGKILL)
    for child in children:
        child.wait()


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # It was faster.
