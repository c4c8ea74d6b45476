"""`make bench`: AWS calls per operation on the wire, latencies, cold starts and sizes, beside the design's budget."""

import json
import statistics

from . import cold_start, search_price
from .config import say
from .counting_proxy import in_sequence
from .run import running
from .scenarios import SCENARIOS, Caller

RUNS = 30
MEGABYTE = 1_000_000


def bench(options):
    """Measures and prints; fails where a count of round trips is over its budget."""
    report = {"round_trips": [] if options.only_search else round_trips(options.profile)}
    if options.users and not options.only_round_trips:
        report["searches"] = search_price.measure(options.profile, options.users)
        report["users"] = options.users
    if not (options.only_round_trips or options.only_search):
        say("Measuring latencies and cold starts …")
        with running(options.profile, options.instances or 1) as (stack, _, _):
            report["latencies"] = latencies(stack)
            report["functions"] = cold_start.measure(stack, options.profile)
    print(json.dumps(report, indent=1) if options.json else as_text(report, options.profile))
    over = [row for row in report["round_trips"] if row["budget"] is not None and row["in_sequence"] > row["budget"]]
    for row in over:
        say(f"over budget: {row['operation']} makes {row['in_sequence']} calls in sequence, not {row['budget']}")
    grown = [row["filter"] for row in report.get("searches", []) if not row["constant"]]
    for text in grown:
        say(f"the price of {text} grows with the pool")
    return 1 if over or grown else 0


def round_trips(profile):
    """Counts what one warm call of each operation sends to AWS."""
    say("Counting round trips …")
    rows = []
    with running(profile, instances=1, count=True) as (stack, _, counter):
        caller = Caller(stack, direct=True)
        for scenario in SCENARIOS:
            scenario.prepare(caller)()  # Configuration and keys are cached from here on.
            call = scenario.prepare(caller)
            counter.reset()
            call()
            calls = counter.calls()
            rows.append(
                {
                    "operation": scenario.name,
                    "in_all": len(calls),
                    "in_sequence": in_sequence(calls),
                    "budget": scenario.budget,
                    "calls": [call["name"] for call in calls],
                }
            )
    return rows


def latencies(stack):
    """Median and 95th percentile of each operation, warm, one at a time: the function alone, and by the front door."""
    rows = []
    callers = {"direct": Caller(stack, direct=True), "front_door": Caller(stack, direct=False)}
    for scenario in SCENARIOS:
        row = {"operation": scenario.name}
        for way, caller in callers.items():
            times = [scenario.prepare(caller)()[0] for _ in range(RUNS + 3)][3:]
            row[way] = {"median": statistics.median(times), "p95": statistics.quantiles(times, n=20)[-1]}
        rows.append(row)
    return rows


def as_text(report, profile):
    """The report as Markdown tables."""
    parts = [f"Measured with the {profile} build against the local AWS of the development stack.", ""]
    if report["round_trips"]:
        parts += _round_trips(report["round_trips"])
    if "searches" in report:
        parts += _searches(report)
    if "latencies" in report:
        cells = [(way, key) for way in ("direct", "front_door") for key in ("median", "p95")]
        parts += _table(
            ["Warm latency, ms", "median", "p95", "by the front door: median", "p95"],
            [
                [row["operation"], *(f"{row[way][key] * 1000:.1f}" for way, key in cells)]
                for row in report["latencies"]
            ],
        )
        parts += _table(
            ["Function", "ready, ms", "first answer, ms", "peak memory, MB", "binary, MB", "zipped, MB"],
            [
                [
                    row["function"],
                    f"{row['ready'] * 1000:.0f}",
                    f"{row['answered'] * 1000:.0f}",
                    f"{row['memory'] / MEGABYTE:.0f}" if row["memory"] else "-",
                    f"{row['size'] / MEGABYTE:.1f}",
                    f"{row['zipped'] / MEGABYTE:.1f}",
                ]
                for row in report["functions"]
            ],
        )
    return "\n".join(parts)


def _round_trips(rows):
    return _table(
        ["AWS calls of one warm request", "in sequence", "budget", "in all", "which"],
        [
            [row["operation"], row["in_sequence"], _or_dash(row["budget"]), row["in_all"], " ".join(row["calls"])]
            for row in rows
        ],
    )


def _searches(report):
    pools = [("small", 5), ("large", report["users"] + 5)]
    head = ["ListUsers: filter", "found"]
    head += [f"{what}, {users} users" for _, users in pools for what in ("reads", "in sequence", "items")]
    rows = [
        [row["filter"], row["found"], *(row[pool][key] for pool, _ in pools for key in ("calls", "in_sequence", "items"))]
        for row in report["searches"]
    ]
    return _table(head, rows)


def _or_dash(value):
    return "-" if value is None else value


def _table(head, rows):
    cells = [head, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in cells)
    lines = [f"| {' | '.join(row)} |" for row in padded]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:], ""]
