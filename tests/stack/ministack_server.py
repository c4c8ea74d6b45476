"""Starts MiniStack; run by the Python of .venv-local-aws, not imported.

It holds functions that come with an access key of their own to the policies of their roles, see policing.py.
MiniStack writes its state when it is told to end, and only then. A development stack that is killed, or a machine
that loses power, would forget every pool since `make dev`: so the state is also written a few seconds after a change.
"""

import asyncio
import itertools
import os

import large_partitions
from cryptography.hazmat.primitives.asymmetric import rsa
from ministack import app
from ministack.core import persistence
from policing import policed
from strict_iam import know_oidc_providers

INTERVAL = 5
RSA_KEYS = 64
serve = app.app
changed = asyncio.Event()


async def save_after_changes():
    while True:
        await changed.wait()
        await asyncio.sleep(INTERVAL)
        changed.clear()
        # Here no request is half done, as it might be if a thread did this.
        persistence.save_all(app._build_persistence_save_dict())


def fewer_keys(generate):
    """Makes RSA keys up to a number, and hands those out in turn from then on. Nobody is served while one is made,
    which takes a tenth of a second, and tests make a thousand pools. Pools of one test have keys of their own."""
    made = {}

    def generate_private_key(public_exponent, key_size):
        count, keys = made.setdefault(key_size, (itertools.count(), []))
        turn = next(count)
        if turn < RSA_KEYS:
            keys.append(generate(public_exponent, key_size))
        return keys[turn % RSA_KEYS]

    return generate_private_key


async def serve_and_notice(scope, receive, send):
    if scope["type"] == "lifespan":
        saving = asyncio.create_task(save_after_changes())
        try:
            await serve(scope, receive, send)
        finally:
            saving.cancel()
        return
    await serve(scope, receive, send)
    # The mailbox looks into it all the time.
    if not scope.get("path", "").startswith("/_ministack/"):
        changed.set()


if __name__ == "__main__":
    if os.environ.get("PERSIST_STATE") == "1":
        app.app = serve_and_notice
    else:
        rsa.generate_private_key = fewer_keys(rsa.generate_private_key)
    know_oidc_providers()
    app.app = large_partitions.served(policed(app.app))
    app.main()
