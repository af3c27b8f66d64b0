"""The encoders of the paper by id, and the intermediate task of each (Section 7)."""

from collections.abc import Collection
from dataclasses import replace

from stablebert.runs import RunSpec, parse_method

# None: in wheels of the package index
ENCODERS: dict[str, str | None] = {
    "bert-large": "google-bert/bert-large-uncased",
    "roberta-large": "FacebookAI/roberta-large",
    "xlnet-large": "xlnet/xlnet-large-cased",
    "electra-large": "google/electra-large-discriminator",
    "bart-large": "facebook/bart-large",
    "minilm": None,
    "mpnet": None,
}
PROFILES = {"mini": "minilm", "paper": "bert-large"}
# the paper's MNLI comes with the tasks of GLUE; for others the embedded encoder takes the nearest task that is at hand
INTERMEDIATE_TASKS = {"minilm": "rotten"}
_PAPERS_TASK = "mnli"
_WITH_MNLI = ("rte", "mrpc", "stsb", "cola", "qnli", "qqp", "sst2")


def check_encoder(name: str, added: Collection[str] = ()) -> None:
    """Check that an encoder is known.

    Args:
        name: Encoder id.
        added: Ids of encoders that are not the package's own.

    Raises:
        ValueError: it is unknown.

    Example:
        >>> check_encoder("minilm")
    """
    known = [*ENCODERS, *added]
    if name not in known:
        raise ValueError(f"unknown encoder {name!r}; known: {', '.join(known)}")


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


def intermediate_run(spec: RunSpec) -> RunSpec | None:
    """Return the first stage of a run, or None where its method has none.

    The first stage is a run of its own: debiased Adam, three epochs, the recipe of the encoder, seed 0. All seeds and
    targets share it, so it is paid once.

    Args:
        spec: Any run.

    Raises:
        ValueError: the target is the intermediate task itself.

    Example:
        >>> intermediate_run(RunSpec(task="trec", method="transfer", seed=7)).task
        'rotten'
        >>> intermediate_run(RunSpec(task="rte-1k", method="transfer")).task
        'mnli'
        >>> intermediate_run(RunSpec(task="trec", method="debiased"))
    """
    if all(choice.name != "transfer" for choice in parse_method(spec.method)):
        return None
    target = spec.task.removesuffix("-1k")
    task = _PAPERS_TASK if target in _WITH_MNLI else INTERMEDIATE_TASKS.get(spec.encoder, _PAPERS_TASK)
    if target == task:
        raise ValueError(
            f"method {spec.method!r} on {spec.task}: {task} is the intermediate task of {spec.encoder}, and cannot be "
            "its own target"
        )
    return replace(
        spec,
        task=task,
        method="debiased",
        length="3ep",
        steps=None,
        epochs=None,
        layerwise_decay=None,
        seed=0,
        data_seed=None,
        fidelity="corrected",
        optimizer=None,
        optimizer_arguments="{}",
        method_sources="{}",
        task_source=None,
    )
