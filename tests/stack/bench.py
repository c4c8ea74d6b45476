"""`make bench`: AWS calls per operation on the wire, latencies, cold starts and sizes, beside the design's budget."""

import json
import os
import statistics

from . import cold_start, cost, criterion, own_time, rivals, search_price
from .config import ROOT, say
from .counting_proxy import in_sequence
from .run import running
from .scenarios import SCENARIOS, Caller
from .tables import table

PATH = ROOT / "docs" / "BENCHMARKS.md"
MEGABYTE = 1_000_000


def bench(options):
    """Measures, prints and writes; fails where a count of round trips is over its budget."""
    measured = ROOT / "target" / options.profile / "benchmarks.json"
    report = {"profile": options.profile}
    if options.only and measured.exists():
        report = json.loads(measured.read_text())
    for part, measure in PARTS.items():
        if not options.only or part in options.only:
            report |= measure(options)
            measured.write_text(json.dumps(report))
    # As the next run will read it: names of members are texts.
    report = json.loads(measured.read_text())
    text = as_text(report)
    print(json.dumps(report, indent=1) if options.json else text)
    if options.write:
        PATH.write_text(f"# Benchmarks\n\nWritten by `make bench`.\n\n{text}")
        if "round_trips" in report:
            cost.write(report["round_trips"])
    over = [row for row in report.get("round_trips", []) if row["budget"] is not None and row["in_sequence"] > row["budget"]]
    for row in over:
        say(f"over budget: {row['operation']} makes {row['in_sequence']} calls in sequence, not {row['budget']}")
    grown = [row["filter"] for row in report.get("searches", []) if not row["constant"]]
    grown += [row["operation"] for row in report.get("growth", []) if not row["constant"]]
    for text in grown:
        say(f"the price of {text} grows with the pool")
    return 1 if grown or any(not row["because"] for row in over) else 0


def _grow(options):
    searches, growth = search_price.measure(options.profile, options.users)
    return {"searches": searches, "growth": growth, "users": options.users}


def _warm(options):
    with running(options.profile, options.instances or 1) as (stack, _, _):
        return {"latencies": latencies(stack, options.runs)}


def _cold(options):
    with running(options.profile, options.instances or 1) as (stack, _, _):
        return {"functions": cold_start.measure(stack, options.profile)}


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
                    "because": scenario.because,
                    "reads": sum(call["reads"] for call in calls),
                    "writes": sum(call["writes"] for call in calls),
                    "calls": [call["name"] for call in calls],
                }
            )
    return rows


# The parts of a report, each with what measures it; `--only` chooses.
PARTS = {
    "round-trips": lambda options: {"round_trips": round_trips(options.profile)},
    "own-time": lambda options: {"own_time": own_time.measure(options.profile, options.runs)},
    "latencies": _warm,
    "cold-starts": _cold,
    "rivals": lambda options: {"rivals": rivals.measure(options.profile, options.requests, options.instances or 2)},
    "growth": _grow,
    "criterion": lambda _: {"computations": criterion.measure()},
}


def latencies(stack, runs):
    """Median and 95th percentile of each operation, warm, one at a time: the function alone, and by the front door."""
    rows = []
    callers = {"direct": Caller(stack, direct=True), "front_door": Caller(stack, direct=False)}
    for scenario in SCENARIOS:
        row = {"operation": scenario.name}
        for way, caller in callers.items():
            times = [scenario.prepare(caller)()[0] for _ in range(runs + 3)][3:]
            row[way] = {"median": statistics.median(times), "p95": statistics.quantiles(times, n=20)[-1]}
        rows.append(row)
    return rows


def as_text(report):
    """The report as Markdown tables."""
    parts = [
        f"Measured with the {report['profile']} build against the local AWS of the development stack, clients, functions and",
        f"AWS on one machine of {os.cpu_count()} cores.",
        "",
    ]
    if "round_trips" in report:
        parts += ["## Round trips", ""] + _round_trips(report["round_trips"])
    if "own_time" in report:
        parts += ["## Whose time it is", "", "DynamoDB takes 5 ms here and KMS 8 ms, as they do in a Region.", ""]
        parts += table(
            ["Operation", "in all, ms", "ours, ms"],
            [[row["operation"], _ms(row["whole"]), _ms(row["ours"])] for row in report["own_time"]],
        )
    if "rivals" in report:
        parts += ["## Beside cognito-local and moto", ""]
        parts += [*rivals.__doc__.split("\n\n", 1)[1].strip().splitlines(), ""]
        parts += table(
            ["Operation", "clients", "median, ms", "p95, ms", "a second", "cognito-local: time", "rate", "moto: time", "rate"],
            list(rivals.rows(report["rivals"])),
        )
    if "searches" in report:
        parts += ["## Growth", ""] + _searches(report) + _growth(report)
    if "latencies" in report:
        cells = [(way, key) for way in ("direct", "front_door") for key in ("median", "p95")]
        parts += ["## Latencies, one client", ""]
        parts += table(
            ["Warm latency, ms", "median", "p95", "by the front door: median", "p95"],
            [[row["operation"], *(_ms(row[way][key]) for way, key in cells)] for row in report["latencies"]],
        )
    if "functions" in report:
        parts += ["## Cold starts", ""] + _cold_starts(report["functions"])
    if "computations" in report:
        parts += criterion.section(report["computations"])
    return "\n".join(parts)


def _ms(seconds):
    return f"{seconds * 1000:.1f}"


def _cold_starts(rows):
    """Beside a Lambda function in Rust that does nothing, where it is built."""
    nothing = next((row for row in rows if row["function"] == cold_start.NOTHING), None)
    ratio = (lambda row, key: f"× {row[key] / nothing[key]:.1f}") if nothing else (lambda row, key: "-")
    return table(
        ["Function", "ready, ms", "first answer, ms", "to nothing", "peak memory, MB", "to nothing", "binary, MB", "zipped, MB"],
        [
            [
                row["function"],
                f"{row['ready'] * 1000:.0f}",
                f"{row['answered'] * 1000:.0f}",
                ratio(row, "answered"),
                f"{row['memory'] / MEGABYTE:.0f}" if row["memory"] else "-",
                ratio(row, "memory") if row["memory"] else "-",
                f"{row['size'] / MEGABYTE:.1f}",
                f"{row['zipped'] / MEGABYTE:.1f}",
            ]
            for row in rows
        ],
    )


def _growth(report):
    sizes = _sizes(report)
    head = ["Operation", "calls", "items read", *(f"ms, {size}" for size in sizes)]
    rows = [
        [
            row["operation"],
            *(" ".join(str(count) for count in _different(counts)) for counts in zip(*(p["counts"] for p in row["sizes"]), strict=True)),
            *(_ms(price["seconds"]) for price in row["sizes"]),
        ]
        for row in report["growth"]
    ]
    return ["Every operation, its calls held back 15 ms each by the proxy that counts them:", "", *table(head, rows)]


def _round_trips(rows):
    return table(
        ["AWS calls of one warm request", "in sequence", "budget", "in all", "which"],
        [
            [row["operation"], row["in_sequence"], _or_dash(row["budget"]), row["in_all"], " ".join(row["calls"])]
            for row in rows
        ],
    ) + [f"{row['operation']}: {row['because']}.\n" for row in rows if row["because"]]


def _searches(report):
    """What is the same in all pools is said once."""
    parts = ["found", "calls", "in_sequence", "items"]
    rows = [
        [row["filter"], *(" ".join(map(str, _different(price[part] for price in row["sizes"]))) for part in parts)]
        for row in report["searches"]
    ]
    text = f"The same requests in pools of {', '.join(_sizes(report))}. A figure that stands alone is that of every pool."
    return [text, "", *table(["ListUsers: filter", "found", "reads", "in sequence", "items looked at"], rows)]


def _sizes(report):
    return ["few users", *(f"{users:,} users" for users in report["users"])]


def _different(values):
    values = list(values)
    return values[:1] if len(set(values)) == 1 else values


def _or_dash(value):
    return "-" if value is None else value
