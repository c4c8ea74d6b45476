"""`make dev`: the stack with a memory, served from the workspace, until Ctrl-C."""

import os
import shutil
import time
import urllib.error

from . import functions, lambda_api, local_aws, local_iam, mailbox, ports, roles, seed
from .config import CLIENT_ID, IDENTITY_POOL_ID, PASSWORD, PHOTO_BUCKET, POOL_ID, ROOT, USERNAME, Stack, env_file, say
from .lock import Lock
from .processes import Processes

READY = """
Gatehouse is ready; Ctrl-C stops it, and what you make stays until `make dev-reset`.

  endpoint     {stack.endpoint}
  issuer       {stack.endpoint}/{pool}
  mailbox      {stack.mailbox_url}
  local AWS    {stack.aws_url}, local IAM, STS and S3 {stack.iam_url}
  user pool    {pool}, app client {client}, user {user} with password {password}
  identity     {identity_pool}, guests allowed, photo bucket {bucket}
  access key   {stack.access_key_id} {stack.secret_access_key}

In another terminal:

  source {env}
  {aws} cognito-idp sign-up --client-id {client} --username ann --password '{password}' \\
      --user-attributes Name=email,Value=ann@example.com
  curl "$GATEHOUSE_MAILBOX_URL"
  {aws} cognito-idp confirm-sign-up --client-id {client} --username ann --confirmation-code CODE
  {aws} cognito-idp initiate-auth --client-id {client} --auth-flow USER_PASSWORD_AUTH \\
      --auth-parameters 'USERNAME=ann,PASSWORD={password}'
  {aws} cognito-idp list-users --user-pool-id {pool}
"""


def dev(options):
    """Runs the development stack until it is interrupted."""
    triggers = lambda_api.LambdaApi(options.port, functions.names())
    triggers.start()
    stack = Stack(
        port=options.port,
        mailbox_port=options.port + 1,
        aws_port=options.port + 2,
        iam_port=options.port + 3,
        directory=options.directory,
        access_key_id=options.access_key_id,
        secret_access_key=options.secret_access_key,
        lambda_port=triggers.port,
    )
    with Lock(options.directory) as lock:
        ports.require_free(
            {
                stack.port: "Gatehouse",
                stack.mailbox_port: "the mailbox",
                stack.aws_port: "the local AWS",
                stack.iam_port: "the local IAM",
            },
            "Stop it, or choose four others: make dev PORT=9100",
        )
        lock.describe(f"process {os.getpid()}, {stack.endpoint}")
        processes, server = Processes(), None
        try:
            if options.build:
                say(f"Building the functions ({options.profile}); the first time takes minutes.")
                functions.build(processes, options.profile)
            say("Starting the local AWS …")
            local_aws.start(processes, stack, persistent=True)
            local_iam.start(processes, stack, persistent=True)
            local_aws.provision(stack)
            local_iam.provision(stack)
            say("Starting the functions …")
            if options.prebuilt:
                roles.enforce(stack)
                functions.prebuilt(processes, stack, options.profile, options.instances)
            else:
                functions.watch(processes, stack)
            seed.seed(stack)
            mail = mailbox.Mailbox(stack.aws_url, _announce)
            mail.refresh(announce=False)
            server = mailbox.serve(mail, stack.mailbox_port)
            environment = options.directory / "env"
            environment.write_text(env_file(stack))
            environment.chmod(0o600)
            say(_ready(stack, environment))
            while True:
                processes.check()
                _refresh(mail)
                time.sleep(0.5)
        finally:
            say("Stopping …")
            if server:
                server.shutdown()
            functions.report(processes)
            processes.stop()


def reset(options):
    """Forgets everything that development stacks of this directory have stored."""
    if not options.directory.exists():
        return
    with Lock(options.directory) as lock:
        for entry in options.directory.iterdir():
            if entry == lock.path:
                continue
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    say(f"{_short(options.directory)} is empty.")


def _refresh(mail):
    try:
        mail.refresh()
    except (OSError, urllib.error.URLError):
        pass  # processes.check() says so when the local AWS is gone.


def _announce(found):
    code = f", code {found['code']}" if found["code"] else f": {found['body']}"
    say(f"[{found['channel']}] to {found['to']}, {found['subject'] or 'no subject'}{code}")


def _ready(stack, environment):
    return READY.format(
        stack=stack,
        env=_short(environment),
        aws="aws" if shutil.which("aws") else ".venv/bin/aws",
        pool=POOL_ID,
        identity_pool=IDENTITY_POOL_ID,
        bucket=PHOTO_BUCKET,
        client=CLIENT_ID,
        user=USERNAME,
        password=PASSWORD,
    )


def _short(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


