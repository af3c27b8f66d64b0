"""Where a judged session leaves its verdicts: store, report folder, summary of the CI job, JUnit's XML."""

import os

import pytest

from stablebert.project.options import PREFIX, Settings
from stablebert.report import SessionReport, append_summary, properties_of, to_markdown, write_report, write_verdicts


def leave_verdicts(config: pytest.Config, settings: Settings, report: SessionReport) -> list[str]:
    """Write what the controller has judged, and return what could not be written: the verdict stands without it.

    Args:
        config: Of the session.
        settings: The options in force.
        report: What was judged.
    """
    _add_to_junit(config, report)
    problems = []
    try:
        write_verdicts(settings.store, report)
        if settings.report is not None:
            write_report(settings.report, report)
    except OSError as error:
        problems.append(f"verdicts not written: {error}")
    try:
        append_summary(os.environ, to_markdown(report))
    except OSError as error:
        problems.append(f"$GITHUB_STEP_SUMMARY not written: {error}")
    return problems


def _add_to_junit(config: pytest.Config, report: SessionReport) -> None:
    """Add the session's and the pooled verdict to the test suite; those of cells are on their test cases."""
    pooled = (verdict for verdict in report.verdicts if verdict.unit == "margins")
    found = [
        (f"{PREFIX}_session", str(report.status)),
        *(pair for one in pooled for pair in properties_of(one, f"{PREFIX}_pooled")),
    ]
    for _, plugin in config.pluginmanager.list_name_plugin():
        # pytest names no class for it, and its fixture for this does not reach the file under xdist
        add = getattr(plugin, "add_global_property", None)
        if add is not None:
            for name, value in found:
                add(name, value)
