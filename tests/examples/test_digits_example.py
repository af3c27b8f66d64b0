"""The example of a vision model: its gate passes, and a defect that is planted in it does not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "digits"


def session(folder, *words):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_its_gate_passes_and_fails_without_bias_correction(tmp_path, monkeypatch):
    pytest.importorskip("sklearn", reason="needs scikit-learn for its images")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    copy = tmp_path / "digits"
    shutil.copytree(FOLDER, copy)
    done = session(copy)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert "test_digits.py::test_it_trains_as_well_as_it_did  PASS" in done.stdout
    code = (copy / "digits.py").read_text()
    (copy / "digits.py").write_text(code.replace("bias_correction=True", "bias_correction=False"))
    planted = session(copy, "-k", "as_well")
    assert planted.returncode == 1
    assert "test_digits.py::test_it_trains_as_well_as_it_did  FAIL" in planted.stdout
    # the accepted scores are what they were
    assert (copy / "test_digits").is_dir()
    (kept,) = (copy / "test_digits").iterdir()
    assert kept.read_bytes() == (FOLDER / "test_digits" / kept.name).read_bytes()
