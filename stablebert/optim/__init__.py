"""Floor 1: the optimizers of Section 4, the schedule of Section 3, and how optimizers of others are driven."""

from stablebert.optim.adapter import Adapter, OptimizerError, adapter_of
from stablebert.optim.bert_adam import BertAdam, bias_ratio
from stablebert.optim.driving import left_to_the_optimizer
from stablebert.optim.schedule import linear_warmup_decay

__all__ = [
    "Adapter",
    "BertAdam",
    "OptimizerError",
    "adapter_of",
    "bias_ratio",
    "left_to_the_optimizer",
    "linear_warmup_decay",
]
