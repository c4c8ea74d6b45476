"""The fixtures of the other tests."""

from clients.python.conftest import *  # noqa: F403
