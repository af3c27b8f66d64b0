"""Floor 1: pretrained encoders, what is known of their families, and the classifier on top.

The package imports nothing by itself: `sources` (files and digests) works without torch.
"""
