"""Debiased Adam: Adam with its bias correction, the paper's standard (Section 4, Algorithm 1).

What: torch's AdamW. Every other method uses it too.

    mhat_t = m_t / (1 - beta1^t),  vhat_t = v_t / (1 - beta2^t)
    theta_t = theta_{t-1} - lr * mhat_t / (sqrt(vhat_t) + eps)

Hyperparameters: the recipe's rate, betas, eps and weight decay.
Where it does not help: with thousands of updates and warm-up the correction fades (Figure 1), and on large data sets
both optimizers end alike (Table 5).
Deviations: none.
"""

from dataclasses import dataclass

from stablebert.methods.base import Method


@dataclass(frozen=True)
class Debiased(Method):
    """Debiased Adam, the default of every hook."""
