"""How long computations take by themselves, as criterion measures them: no network, no waiting."""

import json
import os
import shutil
import subprocess

from .config import ROOT, say
from .tables import table

MANIFEST = ROOT / "tests" / "fuzz" / "Cargo.toml"
RESULTS = ROOT / "target" / "criterion"
UNITS = (("s", 1e9), ("ms", 1e6), ("µs", 1e3))


def measure():
    """Runs the measurements; a row for each, in nanoseconds, with the bounds of its median at 95 % confidence."""
    say("Measuring computations …")
    # What was measured under a name that is no longer there would be read too.
    shutil.rmtree(RESULTS, ignore_errors=True)
    command = ["cargo", "bench", "--manifest-path", MANIFEST, "--package", "gatehouse-criterion", "--locked", "--quiet"]
    command += ["--", "--noplot"]
    environment = os.environ | {"CARGO_TARGET_DIR": str(ROOT / "target" / "bench"), "CRITERION_HOME": str(RESULTS)}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    rows = read(RESULTS)
    if not rows:
        raise SystemExit("criterion has measured nothing")
    return rows


def read(directory):
    """The rows of the results in a directory, by name."""
    rows = []
    for path in directory.glob("**/new/estimates.json"):
        median = json.loads(path.read_text())["median"]
        interval = median["confidence_interval"]
        rows.append(
            {
                "computation": json.loads(path.with_name("benchmark.json").read_text())["full_id"],
                "median": median["point_estimate"],
                "low": interval["lower_bound"],
                "high": interval["upper_bound"],
            }
        )
    return sorted(rows, key=lambda row: row["computation"])


def section(rows):
    """The part of the report."""
    return [
        "## Computations",
        "",
        "What one core does for them; in brackets the bounds of the median at 95 % confidence.",
        "",
        *table(
            ["Computation", "median", "a second"],
            [[row["computation"], _median(row), rate(row["median"])] for row in rows],
        ),
    ]


def _median(row):
    return f"{shown(row['median'])} ({shown(row['low'])} – {shown(row['high'])})"


def shown(nanoseconds):
    """A time in the unit in which it is at least one, with three digits."""
    unit, size = next(((unit, size) for unit, size in UNITS if nanoseconds >= size), ("ns", 1))
    value = nanoseconds / size
    return f"{value:.{max(0, 3 - len(str(int(value))))}f} {unit}"


def rate(nanoseconds):
    """How many of them one core does in a second, with two digits that count."""
    value = float(f"{1e9 / nanoseconds:.2g}")
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
