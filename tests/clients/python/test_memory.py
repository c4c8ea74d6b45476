"""A function that has answered many requests is no larger than one that has answered a few."""

import json
import re
from pathlib import Path

from own_functions import Function, event_of
from support import PASSWORD, make_app  # noqa: F401 - fixture


def resident(function):
    """Megabytes that a function's process holds."""
    status = Path(f"/proc/{function.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) // 1024


def test_passwords_leave_no_memory_behind(make_app):
    """Each hash works in 19 MiB."""
    app, function = make_app(), Function("admin-users")
    names = [app.user() for _ in range(5)]
    sizes = []
    try:
        for number in range(150):
            body = {"UserPoolId": app.pool_id, "Username": names[number % 5], "Password": f"{PASSWORD}-{number}"}
            event = event_of("admin-users", "AdminSetUserPassword", json.dumps(body | {"Permanent": True}))
            assert function.invoke(event)["statusCode"] == 200
            sizes.append(resident(function))
    finally:
        function.stop()
    print(sizes[::10])
    assert sizes[-1] - sizes[9] < 30, sizes[::10]
