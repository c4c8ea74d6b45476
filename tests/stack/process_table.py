"""What runs on this machine: from /proc where there is one, else from `ps`."""

import subprocess
from pathlib import Path

PROC = Path("/proc")


def rows():
    """(process, parent, command line) of everything that runs; the dead that wait for their parent do not run."""
    return _linux() if (PROC / "self" / "stat").exists() else _unix()


def descendants(root):
    """The processes below `root`."""
    children = {}
    for pid, parent, _ in rows():
        children.setdefault(parent, []).append(pid)
    found, waiting = set(), [root]
    while waiting:
        for pid in children.get(waiting.pop(), []):
            found.add(pid)
            waiting.append(pid)
    return found


def _linux():
    table = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The name in parentheses may hold anything; what follows is state and parent.
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (entry / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # It has ended meanwhile.
        if state not in "ZX":
            table.append((int(entry.name), int(parent), command))
    return table


def _unix():
    command = ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    split = (line.split(None, 3) for line in listing.splitlines())
    return [(int(pid), int(parent), "".join(rest)) for pid, parent, state, *rest in split if state[0] != "Z"]
