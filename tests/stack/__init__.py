"""The stack that `make dev`, the tests and the benchmark run: a local AWS, the functions, a mailbox.

    python -m stack dev              what `make dev` does
    python -m stack reset            what `make dev-reset` does
    python -m stack run -- COMMAND   COMMAND against a stack of its own, built beforehand
    python -m stack bench            round trips, latencies, cold starts and sizes
    python -m stack first-key        the first access key of a deployed stack

Run it with PYTHONPATH=tests and the Python of .venv.
"""
