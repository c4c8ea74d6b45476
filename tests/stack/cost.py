"""docs/COST.md: the AWS requests that were counted on the wire times their public prices, beside what Cognito costs."""

import re
from dataclasses import dataclass

from . import prices, template
from .config import ROOT
from .tables import table

PATH = ROOT / "docs" / "COST.md"
# Milliseconds that Lambda charges for a call of AWS, and for what is computed: Argon2id where a password is checked.
AWS_MS, OWN_MS, HASH_MS = 7, 3, 100
# What a request leaves in the logs: its own line, that of the front door, and Lambda's and API Gateway's.
LOG_BYTES = 2_600
# Calls that are no DynamoDB's; prices are a call's.
KMS_CALLS = {"Sign", "Decrypt", "GenerateDataKey"}


@dataclass(frozen=True)
class Way:
    """What an operation is called through, and what its function weighs."""

    operation: str
    memory_mb: int
    hashes: bool = False
    by_front_door: bool = True


WAYS = [
    Way("SignUp", 1024, hashes=True),
    Way("InitiateAuth USER_PASSWORD_AUTH", 1024, hashes=True),
    Way("InitiateAuth USER_SRP_AUTH", 1024),
    Way("RespondToAuthChallenge PASSWORD_VERIFIER", 1024),
    Way("InitiateAuth REFRESH_TOKEN_AUTH", 1024),
    Way("GetUser", 512),
    Way("code exchange", 512, by_front_door=False),
    Way("client_credentials", 512, by_front_door=False),
]
# What a user does in a month, in the comparison with Cognito.
MONTH = {"InitiateAuth USER_SRP_AUTH": 4, "RespondToAuthChallenge PASSWORD_VERIFIER": 4, "GetUser": 10,
         "InitiateAuth REFRESH_TOKEN_AUTH": 60}  # fmt: skip
SIGN_IN_BY_SRP = ("InitiateAuth USER_SRP_AUTH", "RespondToAuthChallenge PASSWORD_VERIFIER")


def of(way, row, edge=False):
    """What one request costs, by service, in dollars. `edge`: CloudFront spares it the front door."""
    front = way.by_front_door and not edge
    own = (HASH_MS if way.hashes else OWN_MS) + AWS_MS * row["in_sequence"]
    compute = own * way.memory_mb / 1024 + (own * 0.5 if front else 0)  # the front door waits, with half a gigabyte
    return {
        "DynamoDB": row["reads"] * prices.READ + row["writes"] * prices.WRITE,
        "KMS": sum(name in KMS_CALLS for name in row["calls"]) * prices.KMS,
        "Lambda": (2 if front else 1) * prices.INVOCATION + compute / 1000 * prices.GB_SECOND,
        "API": prices.HTTP_API + (prices.CLOUDFRONT if edge else 0),
        "logs": LOG_BYTES / 1e9 * prices.LOGS,
    }


def render(rows):
    """The document, from the counted round trips."""
    counted = {row["operation"]: row for row in rows}
    plain = {way.operation: of(way, counted[way.operation]) for way in WAYS}
    edge = {way.operation: of(way, counted[way.operation], edge=True) for way in WAYS}
    services = list(next(iter(plain.values())))
    million = [
        [
            operation,
            f"{counted[operation]['reads']:g} / {counted[operation]['writes']:g}",
            *(_dollars(costs[service] * 1e6) for service in services),
            _dollars(sum(costs.values()) * 1e6),
            _dollars(sum(edge[operation].values()) * 1e6),
        ]
        for operation, costs in plain.items()
    ]
    by_srp = sum(sum(plain[name].values()) for name in SIGN_IN_BY_SRP) * 1e6
    million.append(["**sign-in by SRP**, both requests", "", *[""] * len(services), _dollars(by_srp), _dollars(
        sum(sum(edge[name].values()) for name in SIGN_IN_BY_SRP) * 1e6)])  # fmt: skip
    users = 100_000
    month = sum(sum(plain[name].values()) * times for name, times in MONTH.items()) * users
    fixed = 3 * prices.KMS_KEY
    years = [["Gatehouse", _dollars(month + fixed), "requests as above, three KMS keys"]]
    for plan, (free, price) in prices.COGNITO.items():
        years.append([f"Cognito {plan}", _dollars(max(0, users - free) * price), f"${price} each after the first {free}"])
    machine = sum(plain["client_credentials"].values()) * 1e6
    return "\n".join(
        [
            "# What it costs",
            "",
            "Written by `make bench` (`tests/stack/cost.py`): AWS calls and request units as counted on the wire, of warm",
            f"functions, times the public prices of us-east-1 of {prices.DATE} (`tests/stack/prices.py` says where each is",
            "published). No free allowances are taken off. Not counted: mail and text messages, traffic out of AWS, storage",
            f"(a user is about 2 KB), and metrics (${prices.METRIC:.2f} a month for each, see DEPLOY.md).",
            "",
            f"Lambda's time is assumed: {AWS_MS} ms for each AWS call in sequence, and {OWN_MS} ms of our own or {HASH_MS} ms where a",
            "password is hashed; BENCHMARKS.md has what was measured. Of the front door, which CloudFront makes needless, the",
            "waiting is counted too.",
            "",
            "## A million requests",
            *table(
                ["Operation", "reads / writes of one", *services, "in all", "with CloudFront"],
                million,
            ),
            f"## {users:,} monthly active users",
            "Each signs in by SRP four times, renews sixty times and asks for their profile ten times.",
            "",
            *table(["", "a month", ""], years),
            f"A million tokens for machines (`client_credentials`) are {_dollars(machine)} here, and "
            f"{_dollars(prices.COGNITO_MACHINE_TOKEN * 1e6)} with Cognito at the",
            "price of its first tier.",
            "",
        ]
    )


def write(rows):
    PATH.write_text(render(rows))


def memory_of(function):
    """Megabytes that template.yaml gives a function."""
    text = (ROOT / "template.yaml").read_text()
    [block] = re.findall(rf"\n      CodeUri: target/lambda/{function}/\n(.*?)\n  \w", text, re.S)
    own = re.search(r"MemorySize: (\d+)", block)
    return int(own[1] if own else template.read()["Globals"]["Function"]["MemorySize"])


def _dollars(value):
    return f"${value:,.2f}"
