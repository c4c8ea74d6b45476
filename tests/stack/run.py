"""A stack for one command: its own ports and directory, prebuilt functions, gone when the command ends."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import counting_proxy, functions, lambda_api, local_aws, local_iam, mailbox, roles, seed
from .config import Stack, base_environment
from .ports import free_ports
from .processes import Processes


@contextmanager
def running(profile="debug", instances=None, count=False, keep_logs=None):
    """A seeded stack as (stack, processes, counter); the counter is None unless `count`."""
    directory = Path(tempfile.mkdtemp(prefix="gatehouse-"))
    port, mailbox_port, aws_port, iam_port, proxy_port = free_ports(5)
    triggers = lambda_api.LambdaApi(port, functions.names())
    triggers.start()
    proxy = proxy_port if count else None
    stack = Stack(
        port, mailbox_port, aws_port, iam_port, directory, proxy_port=proxy, lambda_port=triggers.port
    )
    processes, server, counter = Processes(), None, None
    try:
        local_aws.start(processes, stack, persistent=False)
        local_iam.start(processes, stack, persistent=False)
        local_aws.provision(stack)
        local_iam.provision(stack)
        roles.enforce(stack)
        if count:
            counter = counting_proxy.Counter(proxy_port, aws_port)
            counter.start()
        functions.prebuilt(processes, stack, profile, instances)
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
        if keep_logs and stack.logs.exists():
            shutil.rmtree(keep_logs, ignore_errors=True)
            shutil.copytree(stack.logs, keep_logs)
        shutil.rmtree(directory, ignore_errors=True)


def run(options):
    """Runs the command against such a stack and returns its exit status."""
    with running(options.profile, options.instances, options.count, options.keep_logs) as (stack, processes, counter):
        environment = base_environment() | stack.test_environment()
        if counter:
            environment["GATEHOUSE_AWS_CALLS"] = counter.url
        return processes.run(options.command, environment)
