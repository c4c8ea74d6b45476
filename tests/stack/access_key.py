"""Access keys of a deployed stack: `make access-key` makes one and prints it once."""

from .config import StackError
from .first_key import deployed, invoke, print_key


def access_key(options):
    """Creates a key for some operations and pools, or for all of them."""
    session, outputs = deployed(options.stack_name)
    request = {
        "action": "create",
        "actions": _words(options.actions),
        "pools": _words(options.pools),
        "description": options.description,
    }
    if wrong := [pool for pool in request["pools"] if pool != "*" and not {"_", ":"} & set(pool)]:
        # Such a key would be refused everywhere, and nobody would know why.
        raise StackError(f"{' and '.join(wrong)}: not the id of a pool, like us-east-1_AbCdEf123 or us-east-1:<uuid>.")
    print(f"endpoint       {outputs['Endpoint']}")
    print(f"may call       {' '.join(request['actions'])}")
    print(f"on pools       {' '.join(request['pools'])}")
    print("Keep the key now: its secret cannot be shown again.")
    print_key(invoke(session, outputs["AccessKeysFunction"], request))


def _words(text):
    """Names with spaces or commas between them; everything if there are none."""
    return (text or "").replace(",", " ").split() or ["*"]
