"""The AWS behind the functions: MiniStack, with the table, the key and the sender identity that they need."""

import os

import boto3
from botocore.config import Config

from . import ports
from .config import EMAIL_FROM, REGION, SEALING_KEY, TABLE, base_environment, tool


def start(processes, stack, persistent):
    """Starts MiniStack and waits until it answers."""
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
        "GATEWAY_PORT": str(stack.aws_port),
        "MINISTACK_REGION": REGION,
        "AWS_ENDPOINT_URL": stack.aws_url,
        "LOG_LEVEL": "WARNING",
    }
    if persistent:
        environment |= {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(stack.directory / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(stack.directory / "s3"),
        }
    os.makedirs(environment["TMPDIR"], exist_ok=True)
    script = os.path.join(os.path.dirname(__file__), "ministack_server.py")
    process = processes.start(
        "the local AWS",
        [tool(".venv-local-aws", "python"), script],
        environment,
        log=stack.logs / "local-aws.log",
        stage=0,
    )
    ports.wait_for(stack.aws_port, process.alive)


def client(stack, service):
    """A client of the local AWS that ignores the caller's own AWS configuration."""
    return boto3.session.Session().client(
        service,
        endpoint_url=stack.aws_url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(proxies={}, retries={"mode": "standard"}),
    )


def provision(stack):
    """Creates what template.yaml creates in a real account, where it is missing."""
    table(client(stack, "dynamodb"), TABLE)
    _sealing_key(client(stack, "kms"))
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


def _sealing_key(kms):
    try:
        kms.describe_key(KeyId=SEALING_KEY)
    except kms.exceptions.NotFoundException:
        key = kms.create_key(Description="Gatehouse's sealing key, for development")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=SEALING_KEY, TargetKeyId=key)
