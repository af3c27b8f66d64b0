"""The recipe that an encoder is fine-tuned with unless told otherwise."""

from stablebert.runs import Recipe

# chosen on validation by a recorded search, baselines/minilm/search.csv; a test holds the two together
MINILM_LEARNING_RATE = 2e-4


def default_recipe(encoder: str) -> Recipe:
    """Return the paper's recipe (Section 3); for `minilm` the same with the peak rate that its search chose.

    Args:
        encoder: Encoder id; an encoder of the user's gets the paper's recipe for BERT-large.

    Example:
        >>> default_recipe("bert-large").learning_rate
        2e-05
    """
    return Recipe(learning_rate=MINILM_LEARNING_RATE) if encoder == "minilm" else Recipe()
