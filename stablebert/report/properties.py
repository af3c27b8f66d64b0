"""A verdict as properties of a test case or a test suite, as JUnit's XML carries them."""

from stablebert.gate import Verdict

_PREFIX = "stablebert"


def properties_of(verdict: Verdict, prefix: str = _PREFIX) -> list[tuple[str, str]]:
    """Return names and values: every scalar of a verdict that is there, and one property a part.

    Args:
        verdict: Any.
        prefix: What every name begins with.

    Example:
        >>> from stablebert.gate import Status
        >>> dict(properties_of(Verdict("cell", Status.FAIL, "worse", runs=5)))["stablebert_status"]
        'FAIL'
    """
    data = verdict.to_dict()
    del data["parts"]
    found = [(f"{prefix}_{name}", str(value)) for name, value in data.items() if value not in (None, "")]
    parts = [(f"{prefix}_part_{part.name.replace(' ', '_')}", f"{part.says}: {part.words}") for part in verdict.parts]
    return found + parts
