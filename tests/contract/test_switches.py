"""Torch's switches are put back after code of others, and compiling is off while a law is checked."""

import torch

from stablebert.contract.switches import eager_on_one_thread, put_back, switches


def turn_all():
    torch.set_grad_enabled(False)
    torch.autograd.set_detect_anomaly(True)
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(3)
    torch.use_deterministic_algorithms(True)


def test_every_switch_is_put_back():
    before = switches()
    with put_back():
        turn_all()
        # the control: each of them was another
        assert [name for name, value in switches().items() if value == before[name]] == []
    assert switches() == before


def test_it_is_put_back_after_an_error():
    before = switches()
    try:
        with eager_on_one_thread():
            turn_all()
            raise ValueError
    except ValueError:
        pass
    assert switches() == before


def test_one_thread_computes():
    with eager_on_one_thread():
        assert torch.get_num_threads() == 1
