"""Every defect of the catalogue is planted, or there is a reason why it cannot be."""

import re
from pathlib import Path

from tests.defects import native, optimizer, quiet, recipe
from tests.defects.unplanted import UNPLANTED

ROOT = Path(__file__).parents[2]
CATALOGUE = {
    *(f"O{number:02d}" for number in (1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 17, 18, 19, 22)),
    *(f"S{number:02d}" for number in (1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 14, 15)),
    *(f"R{number:02d}" for number in (1, 2, 4, 5, 7, 8, 10, *range(11, 31))),
    *(f"N{number:02d}" for number in range(1, 19)),
}


def test_every_defect_is_planted_or_has_a_reason():
    planted = {defect.id[:3] for defect in (*optimizer.DEFECTS, *recipe.DEFECTS, *quiet.DEFECTS, *native.DEFECTS)}
    assert planted & set(UNPLANTED) == set()
    assert planted | set(UNPLANTED) == CATALOGUE


def test_what_a_reason_points_to_is_there():
    named = {path for reason in UNPLANTED.values() for path in re.findall(r"tests/[a-z_/]+\.py", reason)}
    assert named
    assert all((ROOT / path).is_file() for path in named)
