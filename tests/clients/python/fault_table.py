"""A plugin of pytest: prints what test_faults.py has found, operation by operation."""


def pytest_terminal_summary(terminalreporter):
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    rows = sorted(value for report in reports for name, value in report.user_properties if name == "faults")
    terminalreporter.write_line(f"{'operation':44} {'calls':>5} {'tries':>5}  what the client was told; what was wrong")
    for operation, calls, tries, told, wrong in rows:
        answers = ", ".join(f"{name} {count}" for name, count in sorted(told.items()))
        terminalreporter.write_line(f"{operation:44} {calls:5} {tries:5}  {answers}{'; ' if wrong else ''}{'; '.join(wrong)}")
    tries, wrong = sum(row[2] for row in rows), sum(len(row[4]) for row in rows)
    terminalreporter.write_line(f"{len(rows)} operations, {tries} troubles, {wrong} of them not survived")
