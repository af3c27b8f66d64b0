"""One row a method: what every shared test of methods runs over. A new method is covered by its row."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """A method as the shared tests run it.

    Attributes:
        text: Method text, with values that a tiny encoder of two blocks learns with and that show after few updates.
        redrawn: Regular expression of the parameters of a `Classifier` that it changes before training; the others it
            must not touch.
        rate: Rate that a tiny encoder learns at.
        in_trainer: Whether `stablebert.hf.prepare` takes it.
    """

    text: str
    redrawn: str | None = None
    rate: float = 2e-2
    in_trainer: bool = True


SETTINGS = {
    # without its bias correction Adam takes steps that are several times larger (Figure 1)
    "bertadam": Setting("bertadam", rate=3e-3),
    "debiased": Setting("debiased"),
    "reinit": Setting("reinit", redrawn=r"encoder\.(encoder\.layer\.1\.|pooler\.)"),
    "llrd": Setting("llrd.decay0.5"),
    "mixout": Setting("mixout.p0.3"),
    "wdecay": Setting("wdecay.coefficient0.5"),
    "prior": Setting("prior.coefficient0.5"),
    "transfer": Setting("transfer", in_trainer=False),
}
TEXTS = [setting.text for setting in SETTINGS.values()]
TRAINER_TEXTS = [setting.text for setting in SETTINGS.values() if setting.in_trainer]
