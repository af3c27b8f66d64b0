"""The kill matrix: defect x layer with the time to kill, at the end of a session that planted defects."""


def pytest_terminal_summary(terminalreporter):
    """Print the matrix."""
    reports = terminalreporter.getreports("passed")
    kills = [value.split("|") for report in reports for name, value in report.user_properties if name == "kill"]
    if not kills:
        return
    terminalreporter.section("kill matrix: seconds to kill")
    layers = ("L1", "L2")
    found = {}
    for defect, what, layer, test, seconds in kills:
        row = found.setdefault(defect, {"what": what, "tests": set()})
        row[layer] = min(float(seconds), row.get(layer, float("inf")))
        row["tests"].add(test.rpartition(":")[2])
    terminalreporter.write_line(f"{'defect':6}  {'L1':>6}  {'L2':>6}  what")
    for defect, row in sorted(found.items()):
        times = "  ".join(f"{row[layer]:6.2f}" if layer in row else f"{'-':>6}" for layer in layers)
        terminalreporter.write_line(f"{defect:6}  {times}  {row['what']}")
    terminalreporter.write_line(f"{len(found)} defects killed")
