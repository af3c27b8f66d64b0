"""Adam with its bias correction, the paper's standard, and without it, as BERT was released (Section 4).

What: Algorithm 1; debiased Adam is torch's AdamW, which every other method uses too. BERTAdam leaves lines 9 and 10
out, so that the first updates are too large by (1 - beta1^t) / sqrt(1 - beta2^t): 3.2 times at the first, 6.5 times
near the tenth (Figure 1).

    debiased:  mhat_t = m_t / (1 - beta1^t),  vhat_t = v_t / (1 - beta2^t)
               theta_t = theta_{t-1} - lr * mhat_t / (sqrt(vhat_t) + eps)
    bertadam:  theta_t = theta_{t-1} - lr * m_t / (sqrt(v_t) + eps)

Hyperparameters: the recipe's rate, betas, eps and weight decay.
Where it does not help: with thousands of updates and warm-up the correction fades (Figure 1), and on large data sets
both optimizers end alike (Table 5). BERTAdam helps nowhere in the paper; it is the baseline that the paper argues
against, and the defect that this project exists to catch.
Deviations: none.
"""

from dataclasses import dataclass

import torch

from stablebert.methods.base import Groups, Method
from stablebert.optim import BertAdam
from stablebert.runs import Recipe


@dataclass(frozen=True)
class Debiased(Method):
    """Debiased Adam, the default of every hook."""


@dataclass(frozen=True)
class BertAdamMethod(Method):
    """BERTAdam in place of debiased Adam."""

    def build_optimizer(self, groups: Groups, recipe: Recipe) -> torch.optim.Optimizer:
        """Return a `BertAdam` over the groups."""
        return BertAdam(groups, lr=recipe.learning_rate, betas=recipe.betas, eps=recipe.eps, fused=True)
