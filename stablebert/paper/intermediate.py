"""The intermediate task: what an encoder is fine-tuned on before its target (Section 7, `transfer`)."""

from dataclasses import replace

from stablebert.runs import RunSpec, parse_method

# the paper's MNLI is too large for two processor cores; the embedded encoder takes the nearest task that is at hand
INTERMEDIATE_TASKS = {"minilm": "rotten"}
_PAPERS_TASK = "mnli"


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
        >>> intermediate_run(RunSpec(task="trec", method="debiased"))
    """
    if all(choice.name != "transfer" for choice in parse_method(spec.method)):
        return None
    task = INTERMEDIATE_TASKS.get(spec.encoder, _PAPERS_TASK)
    if spec.task.removesuffix("-1k") == task:
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
        seed=0,
        data_seed=None,
        fidelity="corrected",
        optimizer=None,
        optimizer_arguments="{}",
        method_sources="{}",
        task_source=None,
    )
