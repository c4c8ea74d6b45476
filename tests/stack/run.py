"""A stack for one command: its own ports and directory, prebuilt functions, gone when the command ends."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import counting_proxy, functions, lambda_api, local_aws, local_iam, mailbox, roles, seed, wiretap
from .config import Stack, base_environment
from .ports import free_ports
from .processes import Processes


@contextmanager
def running(profile="debug", instances=None, count=False, keep_logs=None, tap=False, simulated=False):
    """A seeded stack as (stack, processes, counter); the counter is None unless `count`. `tap`: see wiretap.py;
    `simulated`: with `count`, AWS takes its time; see counting_proxy.py."""
    directory = Path(tempfile.mkdtemp(prefix="gatehouse-"))
    port, mailbox_port, aws_port, iam_port, proxy_port, hub_port = free_ports(6)
    triggers = lambda_api.LambdaApi(hub_port if tap else port, functions.names())
    triggers.start()
    proxy = proxy_port if count else None
    hub = hub_port if tap else None
    stack = Stack(
        port, mailbox_port, aws_port, iam_port, directory, proxy_port=proxy, lambda_port=triggers.port, hub_port=hub
    )
    processes, server, counter, wire = Processes(), None, None, None
    try:
        local_aws.start(processes, stack, persistent=False)
        local_iam.start(processes, stack, persistent=False)
        local_aws.provision(stack)
        local_iam.provision(stack)
        roles.enforce(stack)
        if count:
            counter = counting_proxy.Counter(proxy_port, aws_port, simulated=simulated)
            counter.start()
        functions.prebuilt(processes, stack, profile, instances)
        if tap:
            wire = wiretap.Wiretap(port, hub_port, stack.wire)
            wire.start()
        seed.seed(stack)
        server = mailbox.serve(mailbox.Mailbox(stack.aws_url), mailbox_port)
        yield stack, processes, counter
    finally:
        if server:
            server.shutdown()
        functions.report(processes)
        processes.stop()
        triggers.stop()
        if counter:
            counter.stop()
        if wire:
            wire.stop()
        if keep_logs and stack.logs.exists():
            shutil.rmtree(keep_logs, ignore_errors=True)
            shutil.copytree(stack.logs, keep_logs)
        shutil.rmtree(directory, ignore_errors=True)


def run(options):
    """Runs the command against such a stack and returns its exit status."""
    chosen = (options.profile, options.instances, options.count, options.keep_logs, options.tap)
    with running(*chosen) as (stack, processes, counter):
        environment = base_environment() | stack.test_environment()
        if counter:
            environment["GATEHOUSE_AWS_CALLS"] = counter.url
        return processes.run(options.command, environment)
