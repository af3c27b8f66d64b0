"""What a session of pytest leaves is verified by the command, record by record."""

import pytest

from stablebert.runs import Cell, RunSpec
from tests.project.stores import Root, keys_of
from tests.project.test_one_verdict import run

COMMAND = ("-c", "from stablebert.cli import main; import sys; sys.exit(main())", "verify")


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
def test_a_session_is_verified_and_a_byte_of_a_record_is_named(tmp_path, request, monkeypatch, processes):
    for name in ("CI", "GLUE_DIR", "STABLEBERT_STORE", "STABLEBERT_DEVICE", "PLANTED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    root = Root(tmp_path / "root", request.config.rootpath)
    cells = [Cell("trec"), Cell("trec", "reinit")]
    for cell in cells:
        root.accept(cell)
        root.run(cell)
    root.finish(*cells)
    words = ("--stablebert-seed-block=100", "--stablebert-precision=fp32", "--stablebert-report=report")
    run(root.folder, "-m", "pytest", "bench", *processes, *words)
    said = run(root.folder, *COMMAND, "report/verdicts.json").stdout.splitlines()
    assert [line.partition(" follows again")[0].split(": ")[1] for line in said] == ["PASS"] * 3
    path = root.store.path(keys_of(RunSpec(**vars(cells[0]), seed=103)).record)
    path.write_bytes(path.read_bytes() + b"\n")
    first, *others = run(root.folder, *COMMAND, "report/verdicts.json").stdout.splitlines()
    assert "INVALID: record s103 has changed" in first
    assert all(" follows again" in line for line in others)
