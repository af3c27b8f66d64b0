"""When a run updates, with which examples, and when it evaluates."""

import torch


def epoch_batches(examples: int, batch_size: int, steps: int, generator: torch.Generator) -> list[list[int]]:
    """Return the example indices of every update: a new permutation an epoch, the last batch of each partial.

    Args:
        examples: Training examples, >= 1.
        batch_size: Examples an update.
        steps: Updates in all; the last epoch may end early.
        generator: The `order` stream.

    Returns:
        `steps` lists of distinct indices in [0, examples).
    """
    batches: list[list[int]] = []
    while len(batches) < steps:
        order = torch.randperm(examples, generator=generator).tolist()
        batches += [order[start : start + batch_size] for start in range(0, examples, batch_size)]
    return batches[:steps]


def evaluation_steps(total_steps: int, evaluations: int, *, uneven: bool = False) -> list[int]:
    """Return after how many updates the validation set is scored: evenly spread, the last at the end (Section 3).

    The paper does not state the spacing. A run shorter than `evaluations` updates is scored after every update.

    Args:
        total_steps: Updates of the run, >= 1.
        evaluations: Evaluations wanted, >= 1.
        uneven: Follow the released code, which scores after every total_steps // evaluations updates and at the end.

    Example:
        >>> evaluation_steps(96, 10)
        [9, 19, 28, 38, 48, 57, 67, 76, 86, 96]
        >>> evaluation_steps(96, 10, uneven=True)
        [9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 96]
    """
    if uneven:
        return sorted({*range(0, total_steps, max(1, total_steps // evaluations)), total_steps} - {0})
    return sorted({total_steps * part // evaluations for part in range(1, evaluations + 1)} - {0})
