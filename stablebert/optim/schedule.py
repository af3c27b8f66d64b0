"""Linear warm-up, then linear decay to zero (Section 3)."""


def linear_warmup_decay(step: int, total_steps: int, warmup_steps: int) -> float:
    """Return the factor of the peak rate at an update, as transformers' linear schedule computes it.

    Args:
        step: 0-based update, >= 0; past the end the factor stays 0.
        total_steps: Updates of the run, >= 1.
        warmup_steps: Updates with a rising rate, in [0, total_steps]; the first has rate 0 if there are any.

    Returns:
        A factor in [0, 1].

    Raises:
        ValueError: an argument is outside its range.

    Example:
        >>> [linear_warmup_decay(step, 10, 2) for step in (0, 1, 2, 6, 10)]
        [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if step < 0 or total_steps < 1 or not 0 <= warmup_steps <= total_steps:
        raise ValueError(
            f"step {step}, total_steps {total_steps}, warmup_steps {warmup_steps}: "
            "wanted step >= 0, total_steps >= 1 and warmup_steps in [0, total_steps]"
        )
    if step < warmup_steps:
        return step / warmup_steps
    return max(0.0, (total_steps - step) / max(1, total_steps - warmup_steps))
