"""The command line; see the package's own text."""

import argparse
import importlib
import os
import signal
import sys
from pathlib import Path

from .config import ACCESS_KEY_ID, ROOT, SECRET_ACCESS_KEY, StackError, say
from .processes import INTERRUPTIONS


def parse(arguments):
    parser = argparse.ArgumentParser(prog="python -m stack", description="Gatehouse's development stack")
    commands = parser.add_subparsers(dest="name", required=True)

    dev = commands.add_parser("dev", help="serve the workspace until Ctrl-C")
    dev.add_argument("--port", type=_port, default=os.environ.get("PORT") or "9000")
    dev.add_argument("--access-key-id", default=os.environ.get("DEV_ACCESS_KEY_ID") or ACCESS_KEY_ID)
    dev.add_argument("--secret-access-key", default=os.environ.get("DEV_SECRET_ACCESS_KEY") or SECRET_ACCESS_KEY)
    dev.add_argument("--prebuilt", action="store_true", help="serve binaries, several instances each; no reload")
    dev.add_argument("--no-build", dest="build", action="store_false", help="take the binaries as they are")
    _directory(dev)
    _profile(dev)

    _directory(commands.add_parser("reset", help="forget what the development stack has stored"))

    run = commands.add_parser("run", help="run a command against a stack of its own")
    run.add_argument("--count", action="store_true", help="count AWS calls, at $GATEHOUSE_AWS_CALLS")
    run.add_argument("--tap", action="store_true", help="note what clients and functions say, at $GATEHOUSE_WIRE")
    run.add_argument("--keep-logs", type=Path, metavar="DIRECTORY", help="copy the logs here in the end")
    run.add_argument("command", nargs="+", metavar="COMMAND")
    _profile(run)

    deploy = commands.add_parser("deploy-local", help="deploy template.yaml to a local AWS, and serve or test it")
    deploy.add_argument("--port", type=_port, default=os.environ.get("PORT"), help="where it is served; a free one")
    deploy.add_argument("--no-build", dest="build", action="store_false", help="take the binaries as they are")
    deploy.add_argument("--keep-logs", type=Path, metavar="DIRECTORY", help="copy the logs here in the end")
    deploy.add_argument("command", nargs="*", metavar="COMMAND", help="ends with this command; else with Ctrl-C")
    _profile(deploy)

    bench = commands.add_parser("bench", help="measure round trips, latencies, cold starts and sizes")
    bench.add_argument("--json", action="store_true", help="print JSON")
    bench.add_argument("--only", action="append", metavar="PART", help="round-trips, own-time, latencies, "
                       "cold-starts, rivals, growth, criterion; may be repeated; the others are as last measured")
    bench.add_argument("--runs", type=int, default=30, help="of each operation, where one client asks")
    bench.add_argument("--requests", type=int, default=256, help="of each operation, where many clients ask")
    bench.add_argument("--write", action="store_true", help="write docs/BENCHMARKS.md and docs/COST.md")
    bench.add_argument("--users", type=int, nargs="*", default=[1_000, 100_000, 1_000_000], metavar="NUMBER",
                       help="how many users a growing pool has in turn; a million need 8 GB")
    _profile(bench, "release")

    first_key = commands.add_parser("first-key", help="make and print the first access key of a deployed stack")
    first_key.add_argument("--stack-name", required=True)

    access_key = commands.add_parser("access-key", help="make and print another access key of a deployed stack")
    access_key.add_argument("--stack-name", required=True)
    access_key.add_argument("--actions", default=os.environ.get("ACTIONS"), help="operations; all unless given")
    access_key.add_argument("--pools", default=os.environ.get("POOLS"), help="ids of pools; all unless given")
    access_key.add_argument("--description", default=os.environ.get("DESCRIPTION"))
    return parser.parse_args(arguments)


def _directory(parser):
    parser.add_argument("--directory", type=lambda text: Path(text).resolve(), default=ROOT / ".dev")


def _profile(parser, default="debug"):
    parser.add_argument("--profile", choices=("debug", "release"), default=default)
    parser.add_argument("--instances", type=int, help="processes per function")


def _port(text):
    port = int(text)
    if not 1 <= port <= 65532:
        raise argparse.ArgumentTypeError("a port and the three after it must lie between 1 and 65535")
    return port


def main():
    options = parse(sys.argv[1:])
    for number in INTERRUPTIONS:
        # Who starts us under nohup means us to outlive the terminal.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        return _run(options) or 0
    except KeyboardInterrupt:
        return 0 if options.name == "dev" else 130
    except StackError as error:
        say(f"error: {error}")
        return 1


def _interrupt(*_):
    raise KeyboardInterrupt


def _run(options):
    """The command's own module is read only now, so that `--help` and mistakes answer at once."""
    module = {"reset": "dev"}.get(options.name, options.name.replace("-", "_"))
    command = getattr(importlib.import_module(f".{module}", __package__), options.name.replace("-", "_"))
    return command(options)


if __name__ == "__main__":
    sys.exit(main())
