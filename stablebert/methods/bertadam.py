"""BERTAdam: Adam without bias correction, as BERT was released (Section 4).

What: Algorithm 1 without lines 9 and 10. The first updates are too large by (1 - beta1^t) / sqrt(1 - beta2^t): 3.2
times at the first, 6.5 times near the tenth (Figure 1).

    theta_t = theta_{t-1} - lr * m_t / (sqrt(v_t) + eps)

Hyperparameters: as debiased Adam.
Where it does not help: nowhere in the paper; it is the baseline that the paper argues against, and the defect that this
project exists to catch.
Deviations: none.
"""

from dataclasses import dataclass
from typing import Any

import torch

from stablebert.methods.base import Method
from stablebert.optim import BertAdam
from stablebert.runs import Recipe


@dataclass(frozen=True)
class BertAdamMethod(Method):
    """BERTAdam in place of debiased Adam."""

    def build_optimizer(self, groups: list[dict[str, Any]], recipe: Recipe) -> torch.optim.Optimizer:
        """Return a `BertAdam` over the groups."""
        return BertAdam(groups, lr=recipe.learning_rate, betas=recipe.betas, eps=recipe.eps, fused=True)
