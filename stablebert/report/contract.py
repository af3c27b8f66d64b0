"""What became of an optimizer's contract, in words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from stablebert.contract import Status


def contract_lines(findings: Sequence[Mapping[str, str]]) -> list[str]:
    """Return a line an optimizer, and one a law that is broken, waived or not applicable.

    Args:
        findings: `optimizer`, `law`, `status` and `detail` each, as a session's report has them.

    Example:
        >>> contract_lines([{"optimizer": "a:B", "law": "some-law", "status": "kept", "detail": ""}])
        ['contract PASS: a:B: 1 kept']
    """
    by_optimizer = defaultdict(list)
    for finding in findings:
        by_optimizer[finding["optimizer"]].append(finding)
    return [line for name in sorted(by_optimizer) for line in _lines(name, by_optimizer[name])]


def _lines(optimizer: str, findings: Sequence[Mapping[str, str]]) -> list[str]:
    found = {
        status: [f"{one['law']}: {one['detail']}" for one in findings if one["status"] == status] for status in Status
    }
    counts = ", ".join(f"{len(laws)} {status}" for status, laws in found.items() if laws)
    verdict = "FAIL" if found[Status.BROKEN] else "PASS"
    return [
        f"contract {verdict}: {optimizer}: {counts}",
        *(f"broken law {said}" for said in found[Status.BROKEN]),
        *(f"waived law {said}" for said in found[Status.WAIVED]),
        *(f"not applicable: {said}" for said in found[Status.NOT_APPLICABLE]),
    ]
