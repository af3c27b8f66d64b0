"""Floor 1: the optimizers of Section 4 and the schedule of Section 3."""

from stablebert.optim.bert_adam import BertAdam, bias_ratio
from stablebert.optim.schedule import linear_warmup_decay

__all__ = ["BertAdam", "bias_ratio", "linear_warmup_decay"]
