"""The IAM, STS and S3 of a stack: a second MiniStack that enforces policies, see strict_iam.py.

It is apart from the AWS behind the functions, which lets them do everything: what is enforced here is what identities
may do with the credentials they get.
"""

import os

from . import ports, template
from .config import IDENTITY_POOL_ID, PHOTO_BUCKET, tool
from .local_aws import client_of, environment


def start(processes, stack, persistent):
    """Starts it and waits until it answers."""
    script = os.path.join(os.path.dirname(__file__), "strict_iam.py")
    process = processes.start(
        "the local IAM",
        [tool(".venv-local-aws", "python"), script],
        environment(stack, stack.iam_port, "iam", persistent)
        # Enforces policies for every caller but the one with this key, who is the account's root.
        | {"AUTH": "true", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"},
        log=stack.logs / "local-iam.log",
        stage=0,
    )
    ports.wait_for(stack.iam_port, process.alive)


def client(stack, service):
    """A client of the local IAM that acts as the account's root."""
    return client_of(stack.iam_url, service, s3={"addressing_style": "path"})


def provision(stack):
    """Creates what template.yaml creates in a real account, where it is missing: issuer, roles, bucket."""
    iam = client(stack, "iam")
    issuer = f"{stack.endpoint}/identity-pools"
    try:
        iam.create_open_id_connect_provider(Url=issuer, ThumbprintList=["0" * 40])
    except iam.exceptions.EntityAlreadyExistsException:
        pass
    s3 = client(stack, "s3")
    if PHOTO_BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=PHOTO_BUCKET)
    s3.put_bucket_cors(Bucket=PHOTO_BUCKET, CORSConfiguration=template.bucket_cors("PhotoBucket"))
    for name, role in template.identity_roles(issuer, IDENTITY_POOL_ID, PHOTO_BUCKET).items():
        template.make_role(iam, name, role)
