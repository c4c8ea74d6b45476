"""Writes srp.json: SRP sign-ins as pycognito's AWSSRP makes them.

    pip install pycognito==2024.5.1 && python tests/vectors/srp.py

The client's half is pycognito's own code. The server's half is here only as far as it takes to hand the client a
SRP_B: B = k*v + g^b or k*v - g^b. Every run writes the same file.
"""

import base64
import json
import random
from pathlib import Path

from pycognito.aws_srp import AWSSRP, calculate_u, hash_sha256, hex_hash, pad_hex

OUT = Path(__file__).with_suffix(".json")
FULL = 1 << 3068  # below this a number of the group has a leading zero digit
SHORT = 1 << 3064  # below this, a leading zero byte
TOP = 1 << 3071  # from here on its top bit is set

draw = random.Random("gatehouse srp vectors")


class Client(AWSSRP):
    """A client whose secret and clock are chosen."""

    stamp = ""

    def generate_random_small_a(self):
        return draw.getrandbits(1024)

    def get_cognito_formatted_timestamp(self, _now):
        return self.stamp


def new_client(pool, user, password):
    return Client(user, password, pool, "client", client=object())


def attempt(case):
    """One sign-in: what the server has, what the client sent, and the numbers to choose it by."""
    client = new_client(case["pool"], case["user_id"], case["password"])
    n, g, k = client.big_n, client.val_g, client.val_k
    salt = f"{draw.randrange(1 << 124, 1 << 128):032x}"
    identity = f"{case['pool'].split('_')[1]}{case['user_id']}:{case['password']}"
    x = int(hex_hash(pad_hex(salt) + hash_sha256(identity.encode())), 16)
    v = pow(g, x, n)
    b = draw.getrandbits(256)
    hidden = pow(g, b, n)
    if case["negated"]:
        hidden = n - hidden
    big_b = (k * v + hidden) % n
    u = calculate_u(client.large_a_value, big_b)
    client.stamp = case["timestamp"]
    secret_block = draw.randbytes(draw.randrange(1, 1200))
    challenge = {
        "USERNAME": case["user_id"],
        "USER_ID_FOR_SRP": case["user_id"],
        "SALT": salt,
        "SRP_B": f"{big_b:x}",
        "SECRET_BLOCK": base64.b64encode(secret_block).decode(),
    }
    answer = client.process_challenge(challenge, client.get_auth_params())
    shared = pow(big_b - k * v, client.small_a_value + u * x, n)
    sent = {
        "salt": salt,
        "srp_a": client.get_auth_params()["SRP_A"],
        "b": f"{b:064x}",
        "srp_b": challenge["SRP_B"],
        "verifier": f"{v:0768x}",
        "secret_block": answer["PASSWORD_CLAIM_SECRET_BLOCK"],
        "signature": answer["PASSWORD_CLAIM_SIGNATURE"],
    }
    return sent, {"A": client.large_a_value, "B": big_b, "S": shared, "u": u}


SHAPES = [
    ("plain", lambda z: True),
    ("plain again", lambda z: True),
    ("A has an odd number of digits", lambda z: SHORT <= z["A"] < FULL),
    ("A is a byte short", lambda z: z["A"] < SHORT),
    ("A has its top bit set", lambda z: z["A"] >= TOP),
    ("B has an odd number of digits", lambda z: SHORT <= z["B"] < FULL),
    ("B is a byte short", lambda z: z["B"] < SHORT),
    ("B has its top bit set", lambda z: z["B"] >= TOP),
    ("S has an odd number of digits", lambda z: SHORT <= z["S"] < FULL),
    ("S is a byte short", lambda z: z["S"] < SHORT),
    ("S has its top bit set", lambda z: z["S"] >= TOP),
    ("u is a byte short", lambda z: z["u"] < 1 << 248),
    ("u has its top bit set", lambda z: z["u"] >= 1 << 255),
]
USERS = [
    ("us-east-1_Gatehouse", "ann", "Correct-horse7"),
    ("eu-west-1_aB3dE5fG7", "6f0c1b1e-7a6b-4d6e-9d3f-0a5c7d1e2f34", "pässwörd 秘密 🔑"),
    ("ap-southeast-2_000000000", "user@example.com", " : leading, trailing and colons : "),
]


def main():
    cases = []
    for number, (shape, wanted) in enumerate(SHAPES):
        pool, user_id, password = USERS[number % len(USERS)]
        for negated in (False, True):
            case = {
                "shape": shape,
                "pool": pool,
                "user_id": user_id,
                "password": password,
                "negated": negated,
                "timestamp": f"Sun Nov {1 + number} 21:04:5{number % 10} UTC 2026",
            }
            while True:
                sent, numbers = attempt(case)
                if wanted(numbers):
                    break
            cases.append({**case, **sent})
    OUT.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
