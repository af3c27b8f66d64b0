"""Named random streams: drawing more from one never moves another (design: randomness)."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

_DATA_STREAMS = frozenset({"order", "dropout"})


def stream_seed(root: int, purpose: str) -> int:
    """Return the seed of a named stream, in [0, 2**63), from a hash of root seed and purpose.

    Example:
        >>> stream_seed(7, "head") == stream_seed(7, "head") != stream_seed(7, "order")
        True
    """
    return int.from_bytes(hashlib.sha256(f"stablebert/{root}/{purpose}".encode()).digest()[:8]) >> 1


@dataclass(frozen=True)
class Streams:
    """The random streams of one run.

    Attributes:
        seed: Root of the initialisation streams (`head`, `reinit`, `mixout`).
        data_seed: Root of `order` and `dropout`; equal to `seed` unless held apart (Appendix B).
    """

    seed: int
    data_seed: int

    def root(self, purpose: str) -> int:
        """Return the root seed that a purpose belongs to."""
        return self.data_seed if purpose in _DATA_STREAMS else self.seed

    def generator(self, purpose: str) -> torch.Generator:
        """Return a fresh generator at the start of the named stream."""
        return torch.Generator().manual_seed(stream_seed(self.root(purpose), purpose))

    def fingerprint(self, purpose: str) -> str:
        """Return a digest of the first draws of the named stream, 64 hex digits."""
        draws = torch.randint(2**31, (64,), generator=self.generator(purpose), dtype=torch.int64)
        return hashlib.sha256(draws.numpy().tobytes()).hexdigest()

    def dropout_seed(self, step: int) -> int:
        """Return the seed of all dropout in one step, in [0, 2**63)."""
        return stream_seed(self.root("dropout"), f"dropout/{step}")

    @contextmanager
    def dropout_of(self, step: int) -> Iterator[None]:
        """Let torch's dropout draw from the stream of this step alone, and leave the caller's generators untouched.

        Dropout in transformers draws from torch's global generator. Seeding it anew for every step makes the masks a
        function of (seed, step), whatever an optimizer or a hook of others has drawn in between.
        """
        seed = self.dropout_seed(step)
        used = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []
        with torch.random.fork_rng(devices=used):
            torch.default_generator.manual_seed(seed)
            if used:
                torch.cuda.manual_seed(seed)
            yield
