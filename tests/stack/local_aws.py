"""The AWS behind the functions: MiniStack, with the table, the key and the sender identity that they need."""

import os

import boto3
from botocore.config import Config

from . import ports
from .config import EMAIL_FROM, IDENTITY_KEY, REGION, SEALING_KEY, TABLE, base_environment, tool


def environment(stack, port, name, persistent):
    """What a MiniStack on `port` is told; what it keeps is under `name`."""
    environment = {
        # Nothing else of ours: MiniStack would hand its environment on to what it runs.
        "PATH": base_environment()["PATH"],
        "HOME": str(stack.directory),
        "TMPDIR": str(stack.directory / "tmp"),
        "PYTHONUNBUFFERED": "1",
        # Without it, it listens on every address of the machine; likewise its listeners that nobody needs.
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": "unix:///dev/null",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
    }
    if persistent:
        environment |= {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(stack.directory / name),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(stack.directory / f"{name}-s3"),
        }
    os.makedirs(environment["TMPDIR"], exist_ok=True)
    return environment


def start(processes, stack, persistent, more=None):
    """Starts MiniStack, with `more` in its environment, and waits until it answers."""
    script = os.path.join(os.path.dirname(__file__), "ministack_server.py")
    process = processes.start(
        "the local AWS",
        [tool(".venv-local-aws", "python"), script],
        environment(stack, stack.aws_port, "state", persistent) | (more or {}),
        log=stack.logs / "local-aws.log",
        stage=0,
    )
    ports.wait_for(stack.aws_port, process.alive)


def client(stack, service):
    """A client of the local AWS that ignores the caller's own AWS configuration."""
    return client_of(stack.aws_url, service)


def client_of(url, service, **more):
    """The same of any MiniStack, with `more` of botocore's settings."""
    return boto3.session.Session().client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(proxies={}, retries={"mode": "standard"}, **more),
    )


def provision(stack):
    """Creates what template.yaml creates in a real account, where it is missing."""
    table(client(stack, "dynamodb"), TABLE)
    kms = client(stack, "kms")
    _key_of_alias(kms, SEALING_KEY, Description="Gatehouse's sealing key, for development")
    _key_of_alias(
        kms,
        IDENTITY_KEY,
        Description="Signs the tokens of identity pools, for development",
        KeySpec="RSA_2048",
        KeyUsage="SIGN_VERIFY",
    )
    client(stack, "sesv2").create_email_identity(EmailIdentity=EMAIL_FROM)


def table(dynamodb, name):
    """Creates a table as template.yaml has it, unless it is there."""
    try:
        dynamodb.describe_table(TableName=name)
        return
    except dynamodb.exceptions.ResourceNotFoundException:
        pass
    keys = ("PK", "SK", "GSI1PK", "GSI1SK")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=_key("PK", "SK"),
        GlobalSecondaryIndexes=[
            {"IndexName": "GSI1", "KeySchema": _key("GSI1PK", "GSI1SK"), "Projection": {"ProjectionType": "ALL"}}
        ],
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )


def _key(partition, sort):
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _key_of_alias(kms, alias, **settings):
    try:
        kms.describe_key(KeyId=alias)
    except kms.exceptions.NotFoundException:
        key = kms.create_key(**settings)["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key)
