"""The encoders of the paper by id, and the embedded one."""

ENCODERS: dict[str, str | None] = {
    "bert-large": "google-bert/bert-large-uncased",
    "roberta-large": "FacebookAI/roberta-large",
    "xlnet-large": "xlnet/xlnet-large-cased",
    "electra-large": "google/electra-large-discriminator",
    "bart-large": "facebook/bart-large",
    "minilm": None,
}
PROFILES = {"mini": "minilm", "paper": "bert-large"}


def default_encoder(profile: str) -> str:
    """Return the encoder that a profile trains.

    Raises:
        ValueError: the profile is unknown.

    Example:
        >>> default_encoder("mini")
        'minilm'
    """
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}; known: {', '.join(PROFILES)}")
    return PROFILES[profile]
