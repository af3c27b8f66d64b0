import torch

from stablebert.training.seeding import Streams, stream_seed

PURPOSES = ("head", "reinit", "order", "dropout", "mixout")


def test_streams_of_other_purposes_and_roots_differ():
    seeds = {stream_seed(root, purpose) for root in range(50) for purpose in PURPOSES}
    assert len(seeds) == 50 * len(PURPOSES)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_drawing_from_one_stream_does_not_move_another():
    streams = Streams(3, 3)
    expected = torch.rand(5, generator=streams.generator("order"))
    torch.rand(1000, generator=streams.generator("reinit"))
    assert torch.equal(torch.rand(5, generator=streams.generator("order")), expected)


def test_data_seed_moves_order_and_dropout_only():
    one, two = Streams(3, 3), Streams(3, 4)
    moved = {purpose for purpose in PURPOSES if one.fingerprint(purpose) != two.fingerprint(purpose)}
    assert moved == {"order", "dropout"}


def test_dropout_of_a_step_ignores_what_was_drawn_before_and_puts_the_state_back():
    streams = Streams(1, 1)
    before = torch.get_rng_state()
    with streams.dropout_of(5):
        first = torch.rand(4)
    torch.rand(17)
    with streams.dropout_of(5):
        second = torch.rand(4)
    with streams.dropout_of(6):
        other = torch.rand(4)
    torch.set_rng_state(before)
    with streams.dropout_of(5):
        torch.rand(1)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)
