"""Intermediate-task transfer: fine-tune on a larger, related task first (Section 7; Phang et al., 2018).

What: the encoder of the best checkpoint of a run on the intermediate task is what the target starts from; head,
optimizer state and random streams are new. The first stage is in `stablebert.paper.encoders`.
Hyperparameters: none; the task is MNLI, for the embedded encoder on tasks that are not of GLUE `rotten`.
Where it does not help: on STS-B it gains 0.2 points (Table 2), and it needs labels that the other methods do not.
Deviations: the paper states neither the settings of the first stage, nor how many checkpoints, nor whether the head is
kept. Here the first stage has the recipe of the target, one seed, and lends its encoder alone.
"""

from dataclasses import dataclass

from stablebert.methods.base import Method


@dataclass(frozen=True)
class Transfer(Method):
    """Start from an encoder that was fine-tuned on the intermediate task; no hook acts within the run itself."""
