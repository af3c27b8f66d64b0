"""How a verdict compares two sides, as a sentence."""

_METHODS = {
    "": "",
    "auto": "Each cell is compared by the method that suits it.",
    "moderated": "The two groups of runs are compared as wholes, with one standard deviation unless the candidate's is "
    "clearly larger.",
    "welch": "The two groups of runs are compared as wholes, each with its own standard deviation.",
    "paired": "Runs of the same seed are compared one by one, since they drew the same random numbers.",
    "anchored": "The baseline's run of the same seed is used to take out what is the seed's doing and not the "
    "candidate's.",
    "identical": "Every run is the baseline's run of that seed, in each loss and score.",
    "beginning": "The first updates of one accepted run are made again and compared with those that were kept.",
    "printed": "The runs are compared with a mean and a standard deviation that the paper prints.",
}


def method_sentence(pairing: str) -> str:
    """Return what a verdict's `pairing` means; the empty text where it says none.

    Raises:
        ValueError: nobody knows it.
    """
    if pairing not in _METHODS:
        raise ValueError(f"a verdict compares by {pairing!r}; known are {', '.join(filter(None, _METHODS))}")
    return _METHODS[pairing]
