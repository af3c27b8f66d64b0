"""A task: does a text of small words name an even number of animals?"""

from itertools import product

from datasets import Dataset

ANIMALS = ("cat", "dog", "owl", "bee")
THINGS = ("cup", "hat", "pen", "jar")


def parity() -> Dataset:
    """Return every text of three words, with its class by name; the splits are drawn by one fixed draw."""
    words = [*ANIMALS, *THINGS]
    texts = [" ".join(chosen) for chosen in product(words, repeat=3)]
    labels = ["even" if sum(word in ANIMALS for word in text.split()) % 2 == 0 else "odd" for text in texts]
    return Dataset.from_dict({"text": texts, "label": labels})
