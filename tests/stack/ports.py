"""Ports: whether one is taken, and free ones for a stack of a test."""

import random
import socket
import time

from .config import StackError


def is_taken(port):
    """Whether something listens on `port`, on either loopback address: clients of `localhost` try both."""
    for family, address in ((socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.settimeout(1)
                if probe.connect_ex((address, port)) == 0:
                    return True
        except OSError:
            continue
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Connections of a stack that has just stopped must not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def require_free(ports, hint):
    """Refuses to start where one of `ports`, a table of port to purpose, is taken."""
    for port, purpose in ports.items():
        if is_taken(port):
            raise StackError(f"Port {port} ({purpose}) is taken by another program. {hint}")


def free_ports(count):
    """Ports that nothing uses, below the range from which the system takes ports for outgoing connections."""
    ports = []
    while len(ports) < count:
        port = random.randrange(20000, 32000)
        if port not in ports and not is_taken(port):
            ports.append(port)
    return ports


def wait_for(port, alive=lambda: True, seconds=30):
    """Waits until something listens on `port`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if not alive():
            break
        time.sleep(0.05)
    raise StackError(f"Nothing answers on port {port}.")
