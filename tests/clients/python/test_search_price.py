"""What a search costs: reads of the table, counted on the wire, in a pool of five users and in one of a thousand.

A `list-users` of its own runs here behind the counting proxy, so that nothing else is counted. Counted are its calls of
DynamoDB and the items that these had to look at: what a scan would save in calls it would show in items.
"""

import json
import os
import subprocess
import time
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from event_support import ROOT, load, read, with_body
from stack import config, counting_proxy, ports
from support import SEARCHABLE, make_app, named, table

OTHERS = 1000


class Price(NamedTuple):
    """The names on the first page, the calls of AWS, and how many items these looked at."""

    names: list
    calls: list
    items: int


class Runtime(BaseHTTPRequestHandler):
    """Lambda's runtime API for one process: an event goes out, its answer comes back."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        event = self.server.events.get()
        self.send_response(200)
        self.send_header("lambda-runtime-aws-request-id", str(uuid.uuid4()))
        self.send_header("lambda-runtime-deadline-ms", str(int((time.time() + 60) * 1000)))
        self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:counted")
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


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Runtime)
        self.events, self.answers = Queue(), Queue()
        Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """The process is ended while it waits for its next event."""


@pytest.fixture
def list_users():
    """A function: ListUsers as IAM has let it through, its price told. The build is that of the tests' stack."""
    binary = ROOT / "target/debug/list-users"
    if not binary.exists():
        pytest.fail(f"{binary} is not built")
    port = ports.free_ports(1)[0]
    counter = counting_proxy.Counter(port, urlsplit(os.environ["GATEHOUSE_LOCAL_AWS"]).port)
    counter.start()
    server = Server()
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "list-users",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_REGION": os.environ["AWS_REGION"],
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "GATEHOUSE_TABLE": os.environ["GATEHOUSE_TABLE"],
        "GATEHOUSE_SEALING_KEY": config.SEALING_KEY,
        "GATEHOUSE_ISSUER_BASE": os.environ["GATEHOUSE_ISSUER_BASE"],
    }

    def call(pool, text, **more):
        event = with_body(load("list-users/basic"), **{"UserPoolId": pool, "Filter": text, "Limit": 20} | more)
        counter.reset()
        server.events.put(json.dumps(event).encode())
        answer = read(json.loads(server.answers.get(timeout=60)))
        assert answer.status == 200, answer
        calls = counter.calls()
        names = [user["Username"] for user in answer.body["Users"]]
        return Price(sorted(names), [call["name"] for call in calls], sum(call["items"] for call in calls))

    process = subprocess.Popen([binary], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield call
    process.kill()
    process.wait()
    server.shutdown()
    server.server_close()
    counter.stop()


@contextmanager
def multiplied(table, app, name):
    """Puts a thousand more users like `name` straight into the table, and takes them out again.

    Each is `name` with its last four characters changed everywhere: in the profile, in what it is searched by, and in
    the names that lead to it; the profile stands in the partition of the list that its name tells.
    """
    originals = [
        item
        for page in table.meta.client.get_paginator("scan").paginate(TableName=table.name)
        for item in page["Items"]
        if app.pool_id in item["PK"] and name in json.dumps(item, default=str)
    ]
    assert {item["PK"].split("#")[0] for item in originals} == {"USER", "SEARCH", "ALIAS"}
    sub = next(item["sub"] for item in originals if item["SK"] == "PROFILE")
    items = []
    for number in range(OTHERS):
        # The same first character, and so the same partition of the search.
        changes = {name: f"{name[:-4]}{number:04}", sub: sub[0] + str(uuid.uuid4())[1:]}
        copies = [replaced(item, changes) for item in originals]
        for profile in copies:
            if "GSI1PK" in profile:
                profile["GSI1PK"] = f"POOL#{app.pool_id}#{shard(profile['key'])}"
        items += copies
    with table.batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)
    yield
    with table.batch_writer() as batch:
        for item in items:
            batch.delete_item(Key={"PK": item["PK"], "SK": item["SK"]})


def shard(name):
    """FNV-1a, as the store has it."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value % 8


def replaced(value, changes):
    if isinstance(value, str):
        for old, new in changes.items():
            value = value.replace(old, new)
    elif isinstance(value, dict):
        value = {key: replaced(part, changes) for key, part in value.items()}
    return value


def test_the_price_of_a_search_does_not_grow_with_the_pool(list_users, make_app, table, cognito):
    schema = [{"Name": "team", "AttributeDataType": "String"}]
    app = make_app(pool={"UserPoolTags": {SEARCHABLE: "custom:team"}, "Schema": schema, "AliasAttributes": ["email"]})

    def create(name, team):
        number = f"+1555{name[-4:]}" if name[-4:].isdigit() else "+4930123456"
        values = {
            "email": f"{name}@example.com",
            "phone_number": number,
            "preferred_username": f"{name}!",
            "given_name": name,
            "custom:team": team,
        }
        cognito.admin_create_user(
            UserPoolId=app.pool_id, Username=name, MessageAction="SUPPRESS", UserAttributes=named(values)
        )

    for name in ("wanted", "another", "third", "fourth"):
        create(name, "few")
    create("wanted-too-9999", "many wanted")
    attributes = {a["Name"]: a["Value"] for a in app.get("wanted")["UserAttributes"]}

    searches = {
        'username = "wanted"': 1,
        'username ^= "thi"': 1,
        'email = "wanted@example.com"': 1,
        'email ^= "wanted@"': 1,
        f'sub = "{attributes["sub"]}"': 1,
        f'sub ^= "{attributes["sub"][:30]}"': 1,
        'preferred_username = "wanted!"': 1,
        'preferred_username ^= "third"': 1,
        'phone_number = "+4930123456"': 4,
        'phone_number ^= "+4930"': 4,
        'custom:team = "few"': 4,
        'custom:team ^= "f"': 4,
    }
    list_users(app.pool_id, 'username = "wanted"')  # From here on the pool's configuration is known.
    small = {text: list_users(app.pool_id, text) for text in searches}
    with multiplied(table, app, "wanted-too-9999"):
        large = {text: list_users(app.pool_id, text) for text in searches}
        names, _, looked_at = list_users(app.pool_id, 'given_name = "wanted"')
        assert len(list_users(app.pool_id, 'username ^= "wanted-too"', Limit=60)[0]) == 60
        assert len(list_users(app.pool_id, 'email ^= "wanted-too-0"', Limit=60)[0]) == 60

    for text, number in searches.items():
        assert len(large[text].names) == number, text
        assert large[text] == small[text], text
        # The search, then the profiles of whom it found; for the beginning of a name, the list's eight partitions.
        assert len(large[text].calls) <= (8 if text.startswith("username ^=") else 2), text
        assert large[text].items <= 2 * number, text
    # What is not indexed has to look at everybody: were it so above, the count would show it.
    assert names == ["wanted"] and looked_at > OTHERS
