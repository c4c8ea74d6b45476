"""`make deploy-local`: template.yaml itself, deployed by sam to a local AWS without containers.

The functions are this machine's own builds, where they lie, in the place of those for arm64, and CloudFront, which the local AWS has but
cannot lead to an API, is played by edge.mjs with the function that was deployed. Everything else is as `make deploy` does it.
"""

import os
import secrets
import shlex
import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from . import first_key, functions, local_aws, local_iam, mailbox, ports, seed
from .config import EMAIL_FROM, REGION, ROOT, Stack, StackError, base_environment, say, tool
from .processes import Processes

STACK_NAME = "gatehouse"


def deploy_local(options):
    """Deploys, and runs a command against what was deployed, or serves it until it is interrupted."""
    directory = Path(tempfile.mkdtemp(prefix="gatehouse-deployed-"))
    if options.port:
        ports.require_free({options.port: "Gatehouse"}, "Choose another: make deploy-local PORT=9200")
    mailbox_port, aws_port, iam_port, port = ports.free_ports(4)
    stack = Stack(options.port or port, mailbox_port, aws_port, iam_port, directory, lambda_port=aws_port)
    secret = secrets.token_hex(32)
    processes, server = Processes(), None
    try:
        if options.build:
            functions.build(processes, options.profile)
        # Functions inherit it: their identities are the other MiniStack's, which enforces what they may do.
        local_aws.start(
            processes,
            stack,
            persistent=False,
            more={"AWS_ENDPOINT_URL_IAM": stack.iam_url, "AWS_ENDPOINT_URL_STS": stack.iam_url},
        )
        local_iam.start(processes, stack, persistent=False)
        local_iam.provision(stack)
        local_aws.client(stack, "sesv2").create_email_identity(EmailIdentity=EMAIL_FROM)
        template = _stage(directory / "staged", options.profile)
        seconds = _deploy(stack, template, secret)
        outputs = _outputs(stack)
        _edge(processes, stack, secret)
        key = _first_key(stack, outputs)
        stack = replace(stack, access_key_id=key["accessKeyId"], secret_access_key=key["secretAccessKey"])
        seed.demo(stack)
        server = mailbox.serve(mailbox.Mailbox(stack.aws_url), stack.mailbox_port)
        resources = len(_pages(local_aws.client(stack, "cloudformation"), "list_stack_resources"))
        say(f"Deployed {resources} resources in {seconds:.0f} s; {stack.endpoint}, issuer {outputs['IssuerBase']}")
        environment = base_environment() | stack.test_environment() | {"GATEHOUSE_TABLE": outputs["TableName"]}
        if options.command:
            return processes.run(options.command, environment)
        say(f"access key {stack.access_key_id} {stack.secret_access_key}, mailbox {stack.mailbox_url}; Ctrl-C ends it")
        while True:
            processes.check()
            time.sleep(0.5)
    finally:
        if server:
            server.shutdown()
        processes.stop()
        if options.keep_logs and stack.logs.exists():
            shutil.copytree(stack.logs, options.keep_logs, dirs_exist_ok=True)
        shutil.rmtree(directory, ignore_errors=True)


def _stage(directory, profile):
    """The template with this machine's builds where it looks for the functions."""
    for name in functions.names():
        binary = ROOT / "target" / profile / name
        if not binary.exists():
            raise StackError(f"{name} is not built yet; run cargo build --workspace --bins.")
        bootstrap = directory / "target" / "lambda" / name / "bootstrap"
        bootstrap.parent.mkdir(parents=True)
        # Eighty builds would be zipped, sent, and unpacked for each instance; they are here anyway.
        bootstrap.write_text(f"#!/bin/sh\nexec {shlex.quote(str(binary))}\n")
        bootstrap.chmod(0o755)
    shutil.copy2(ROOT / "template.yaml", directory)
    return directory / "template.yaml"


def _deploy(stack, template, secret):
    """Runs sam, and returns how many seconds it took."""
    local_aws.client(stack, "s3").create_bucket(Bucket="deploy")
    parameters = {"EmailFrom": EMAIL_FROM, "IssuerBase": stack.endpoint, "EdgeSecret": secret, "DeletionProtection": "false"}
    # Versions and aliases too, so that they are tried.
    parameters["ProvisionedConcurrency"] = "1"
    argv = [tool(".venv-sam", "sam"), "deploy", "--template-file", template, "--stack-name", STACK_NAME]
    argv += ["--s3-bucket", "deploy", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    argv += ["--no-confirm-changeset", "--no-progressbar", "--parameter-overrides"]
    argv += [f"{name}={value}" for name, value in parameters.items()]
    started = time.monotonic()
    log = stack.logs / "sam.log"
    with log.open("wb") as output:
        result = subprocess.run(argv, env=_aws_environment(stack), cwd=template.parent, stdout=output, stderr=output)
    if result.returncode:
        raise StackError(f"sam deploy failed:\n{log.read_text()[-4000:]}")
    return time.monotonic() - started


def _aws_environment(stack):
    """What tools need to take the local AWS for AWS."""
    return base_environment() | {
        "AWS_ENDPOINT_URL": stack.aws_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
    }


def _outputs(stack):
    (deployed,) = local_aws.client(stack, "cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in deployed["Outputs"]}


def _pages(client, operation):
    pages = client.get_paginator(operation).paginate(StackName=STACK_NAME)
    return [summary for page in pages for summary in page["StackResourceSummaries"]]


def _edge(processes, stack, secret):
    """Serves the deployed API through the deployed function of the edge."""
    (api,) = local_aws.client(stack, "apigatewayv2").get_apis()["Items"]
    code = stack.directory / "edge.js"
    function = local_aws.client(stack, "cloudfront").get_function(Name=f"{STACK_NAME}-edge", Stage="LIVE")
    code.write_bytes(function["FunctionCode"].read())
    argv = ["node", Path(__file__).with_name("edge.mjs"), stack.port, stack.aws_port, api["ApiId"], code]
    environment = base_environment() | {"EDGE_SECRET": secret}
    edge = processes.start("the edge", argv, environment, log=stack.logs / "edge.log", stage=1)
    ports.wait_for(stack.port, edge.alive)


def _first_key(stack, outputs):
    client = local_aws.client(stack, "lambda")
    return first_key.call(client, outputs["AccessKeysFunction"], {"action": "create", "description": "first"})
