import subprocess
import sys

import pytest

from stablebert.machine import has_matrix_unit, is_amd, multiplies_bfloat16

AMD = "processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu avx512f avx512_bf16 avx512vbmi\n"


@pytest.mark.parametrize(
    ("listing", "answer"),
    [
        (AMD, True),
        (AMD.replace("avx512_bf16", "amx_tile amx_bf16"), True),
        (AMD.replace(" avx512_bf16", ""), False),
        # another flag that has the name inside, and a line that only mentions it
        (AMD.replace("avx512_bf16", "avx512_bf16x"), False),
        (AMD.replace("avx512_bf16", "").replace("AuthenticAMD", "avx512_bf16"), False),
        ("", False),
    ],
)
def test_bfloat16_is_among_the_flags_or_not(listing, answer, tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text(listing)
    assert multiplies_bfloat16(path) is answer


def test_a_matrix_unit_is_more_than_bfloat16_in_vectors(tmp_path):
    for name, listing in (("vectors", AMD), ("tiles", AMD.replace("avx512_bf16", "amx_bf16"))):
        (tmp_path / name).write_text(listing)
    assert not has_matrix_unit(tmp_path / "vectors")
    assert has_matrix_unit(tmp_path / "tiles")


def test_the_vendor_is_read(tmp_path):
    for name, listing in (("amd", AMD), ("other", AMD.replace("AuthenticAMD", "GenuineIntel"))):
        (tmp_path / name).write_text(listing)
    assert is_amd(tmp_path / "amd")
    assert not is_amd(tmp_path / "other")


def test_a_system_without_the_listing_says_no(tmp_path):
    assert not multiplies_bfloat16(tmp_path / "none")
    assert not has_matrix_unit(tmp_path / "none")
    assert not is_amd(tmp_path / "none")


def test_asking_for_the_precision_of_a_cell_imports_no_torch():
    program = """
import sys
from stablebert.project.precision import precision_of
from stablebert.runs import RunSpec
spec = RunSpec(task="trec")
print(precision_of("auto", spec, spec, []), "torch" in sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout.split() == ["fp32", "False"]
