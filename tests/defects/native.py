"""Defects of the native engine and of its packed rows (catalogue N), as far as Python can plant them safely."""

import torch
from torch import nn

from stablebert.training.fast.native import kernels, modules, swapping
from stablebert.training.fast.packed_row import PackedRow
from tests.defects.planting import Defect, identity, whole_run

_KERNELS = "training.fast.native.test_kernels:"
_ATTENDING = "training.fast.native.test_attention:"
_SWAPPING = "training.fast.native.test_swapping:"
_KEEPS = "training.fast.native.test_keeps:"
_MODEL = identity(f"{_SWAPPING}test_logits_and_gradients_are_the_padded_ones")
_PLACES = identity(f"{_SWAPPING}test_dropout_is_in_every_place")
_HALF = identity(f"{_KERNELS}test_the_end_of_half_a_block_in_every_type", dtype=torch.float64)
_ATTENTION = identity(f"{_ATTENDING}test_attention_by_torch_alone_computes_the_same", first_only=False)
_FIRST = identity(f"{_ATTENDING}test_attention_by_torch_alone_computes_the_same", first_only=True)
_DROPPED = identity(f"{_ATTENDING}test_attention_in_narrower_types", dtype=torch.float32, first_only=False)
_PATH = whole_run("training.test_trajectory:test_the_native_path_is_the_portable_one", method="debiased")


def _kernel(name, wrong):
    """Let a kernel compute what `wrong` makes of the right one and its arguments."""

    def plant(patch):
        right = getattr(kernels, name)
        patch.setattr(kernels, name, lambda *given: wrong(right, *given))

    return plant


def _gradients_of_half(change):
    """Change what the backward pass of the end of half a block returns: gradients of rows, residual, weight, bias."""

    def wrong(right, gradient, normalised, scales, weight, rate, key):
        return change(gradient, rate, *right(gradient, normalised, scales, weight, rate, key))

    return _kernel("residual_norm_backward", wrong)


def _scaled_by_the_size(patch):
    def forward(right, query, key, value, starts, heads, rate, seed):
        return right(query * _root(query, heads), key, value, starts, heads, rate, seed)

    def backward(right, gradient, output, log_sums, inputs, starts, heads, rate, seed):
        root = _root(output, heads)
        query, *others = right(gradient, output, log_sums, (inputs[0] * root, *inputs[1:]), starts, heads, rate, seed)
        return (query * root, *others)

    _kernel("attention", forward)(patch)
    _kernel("attention_backward", backward)(patch)


def _root(rows, heads):
    return (rows.shape[-1] // heads) ** -0.5


def _across_texts(right, query, key, value, starts, heads, rate, seed):
    return right(query, key, value, tuple(start[[0, -1]] for start in starts), heads, rate, seed)


def _other_mask(right, gradient, output, log_sums, inputs, starts, heads, rate, seed):
    return right(gradient, output, log_sums, inputs, starts, heads, rate, seed + 1)


def _sum_without_dropout(right, gradient, output, log_sums, inputs, starts, heads, rate, seed):
    plain, _ = kernels.attention(*inputs, starts, heads, 0.0, 0)
    return right(gradient, plain, log_sums, inputs, starts, heads, rate, seed)


def _asked_by_another(patch):
    right = modules.attend_with

    def attend_with(query, key, value, row, dropout, seed, *, first_only):
        asking = query.flip(0) if first_only else query
        return right(asking, key, value, row, dropout, seed, first_only=first_only)

    patch.setattr(modules, "attend_with", attend_with)


def _half_a_block(rate_of, rest_of):
    def plant(patch):
        def forward(self, hidden, residual):
            rows, norm, rate = self.dense(hidden).contiguous(), self.LayerNorm, rate_of(self)
            rest = rest_of(residual, rows).contiguous()
            return modules.residual_norm(rows, rest, norm.weight, norm.bias, norm.eps, rate, modules.dropout_key(rate))

        patch.setattr(modules.ResidualNorm, "forward", forward)

    return plant


DEFECTS = (
    Defect("N01", "attention scaled by the size, not by its root", _scaled_by_the_size, (_ATTENTION, _MODEL, _PATH)),
    Defect("N02", "attention across texts", _kernel("attention", _across_texts), (_ATTENTION, _MODEL, _PATH)),
    Defect("N03", "first tokens ask in another's place", _asked_by_another, (_FIRST, _MODEL, _PATH)),
    Defect("N04", "another mask in attention's backward pass", _kernel("attention_backward", _other_mask), (_DROPPED,)),
    Defect(
        "N05",
        "softmax's backward sum without dropout",
        _kernel("attention_backward", _sum_without_dropout),
        (_DROPPED,),
    ),
    Defect(
        "N06",
        "dropout unscaled in the backward pass alone",
        _gradients_of_half(lambda gradient, rate, rows, *others: (rows * (1 - rate), *others)),
        (_HALF,),
    ),
    Defect(
        "N07",
        "the residual's gradient dropped as well",
        _gradients_of_half(lambda gradient, rate, rows, residual, *others: (rows, rows, *others)),
        (_HALF,),
    ),
    Defect(
        "N08",
        "gradient of the bias from the last row alone",
        _gradients_of_half(lambda gradient, rate, *others: (*others[:3], gradient.flatten(0, -2)[-1])),
        (_HALF, _MODEL, _PATH),
    ),
    Defect(
        "N09",
        "one eps for every norm",
        _kernel("residual_norm", lambda right, *given: right(*given[:4], 1e-12, *given[5:])),
        (_HALF, identity(f"{_SWAPPING}test_the_eps_of_every_norm_is_its_own")),
    ),
    Defect(
        "N10",
        "GELU in its tanh form",
        _kernel("gelu", lambda _, rows: nn.functional.gelu(rows, approximate="tanh")),
        (identity(f"{_KERNELS}test_gelu_is_torchs", dtype=torch.float32), _MODEL, _PATH),
    ),
    Defect(
        "N11",
        "GELU's gradient without the density",
        _kernel("gelu_backward", lambda _, gradient, rows: gradient * torch.special.ndtr(rows)),
        (identity(f"{_KERNELS}test_gelu_is_torchs", dtype=torch.float32), _MODEL, _PATH),
    ),
    Defect(
        "N12",
        "the same mask in every module and step",
        lambda patch: patch.setattr(modules, "dropout_key", lambda rate: 5),
        (identity(f"{_KEEPS}test_the_stream_decides_what_is_kept"),),
    ),
    Defect(
        "N13",
        "a key is drawn where nothing is dropped",
        lambda patch: patch.setattr(modules, "dropout_key", lambda rate: int(torch.randint(2**63 - 1, ()))),
        (identity(f"{_KEEPS}test_nothing_is_drawn_where_nothing_is_dropped"),),
    ),
    Defect(
        "N14",
        "dropout in evaluation",
        _half_a_block(lambda module: module.dropout.p, lambda residual, rows: residual.to(rows.dtype)),
        (_PLACES,),
    ),
    Defect(
        "N15",
        "a residual read in the type of the rows",
        _half_a_block(
            lambda module: module.dropout.p if module.training else 0.0,
            lambda residual, rows: residual.contiguous().flatten().view(rows.dtype)[: rows.numel()].view_as(rows),
        ),
        (identity(f"{_SWAPPING}test_in_bfloat16_it_is_near"),),
    ),
    Defect(
        "N16",
        "modules of others are replaced",
        lambda patch: patch.setattr(swapping, "_is_original", lambda module: True),
        (identity(f"{_SWAPPING}test_what_others_have_put_in_stays"),),
    ),
    Defect(
        "N17",
        "every token at the first position",
        lambda patch: patch.setattr(
            PackedRow, "positions", property(lambda row: torch.zeros(sum(row.lengths), dtype=int))
        ),
        (_MODEL, identity("training.fast.test_packing:test_packed_logits_and_gradients_are_the_padded_ones")),
    ),
    Defect(
        "N18",
        "an update measured from the start of the run",
        _kernel("move", lambda right, previous, now: right(previous.clone(), now)),
        (identity(f"{_KERNELS}test_a_move_is_summed_in_double_precision_over_its_blocks"), _PATH),
    ),
)
