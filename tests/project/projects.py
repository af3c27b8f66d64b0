"""Projects whose baselines lie in one folder, with options given as on a command line."""

from stablebert.project import Project
from stablebert.project.options import settings_of


def project_below(folder, **given):
    """Return the project of a root folder that is its own folder of baselines and its store."""
    options = {"baselines": folder, "store": folder / "runs", "precision": "fp32", **given}
    return Project(folder, settings_of({name.replace("_", "-"): value for name, value in options.items()}))
