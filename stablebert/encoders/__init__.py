"""Floor 1: pretrained encoders, what is known of their families, and the classifier on top."""

from stablebert.encoders.blocks import parameter_blocks
from stablebert.encoders.classifier import Classifier
from stablebert.encoders.family import FAMILIES, Family, family_of
from stablebert.encoders.loading import Encoder, load_encoder
from stablebert.encoders.sources import EncoderError, custom_id, encoder_digest, encoder_folder

__all__ = [
    "FAMILIES",
    "Classifier",
    "Encoder",
    "EncoderError",
    "Family",
    "custom_id",
    "encoder_digest",
    "encoder_folder",
    "family_of",
    "load_encoder",
    "parameter_blocks",
]
