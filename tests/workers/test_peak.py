import subprocess
import sys

import pytest

from stablebert.machine import peak_memory

CODE = "from stablebert.machine import peak_memory; held = b'x' * (64 << 20) if {held} else b''; print(peak_memory())"


def peak_of_a_process(held):
    # a process begins with the peak of the one that starts it, here a shell and not this one
    command = f'{sys.executable} -c "{CODE.format(held=held)}"; true'
    done = subprocess.run(command, shell=True, check=True, capture_output=True, text=True)
    return float(done.stdout)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no account of it")
def test_what_a_process_holds_is_in_its_peak_and_in_that_of_the_children():
    small, large = peak_of_a_process(False), peak_of_a_process(True)
    assert large - small == pytest.approx(64, abs=16)
    assert peak_memory(children=True) >= large
