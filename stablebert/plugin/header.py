"""The lines that say what is in force."""

from stablebert.project.options import PREFIX, Settings
from stablebert.project.requests import baseline_encoder
from stablebert.runs import default_recipe


def header_of(given: Settings) -> list[str]:
    """Return the header of a session: one line, and one more where `auto` leaves the class of a baseline."""
    return [_in_force(given), *_bridged(given)]


def _in_force(given: Settings) -> str:
    parts = [f"profile {given.profile}", f"seeds {given.seed_block}-{given.seed_block + given.seeds - 1}"]
    parts += [f"precision {given.precision}", f"fidelity {given.fidelity}", *_rule(given)]
    if given.margin is not None:
        parts.append(f"margin {given.margin}")
    if given.model is not None:
        from stablebert.encoders.sources import custom_id

        name, against = custom_id(given.model), baseline_encoder(given)
        ours, theirs = (default_recipe(encoder).learning_rate for encoder in (name, against))
        parts.append(f"{name} is {given.model}, peak rate {ours:g} (baselines: {against}, {theirs:g})")
    if given.against is not None:
        parts.append(f"judged against {given.against}")
    if given.optimizer is not None:
        parts.append(f"optimizer {given.optimizer} {given.optimizer_args}")
    return f"{PREFIX}: {', '.join(parts)}, store {given.store}"


def _bridged(given: Settings) -> list[str]:
    from stablebert.project.precision import AUTO, bridged_tasks

    if given.precision != AUTO or given.accept:
        return []
    encoder = against = baseline_encoder(given)
    if given.model is not None:
        from stablebert.encoders.sources import custom_id

        encoder = custom_id(given.model)
    tasks = bridged_tasks(encoder, against, given.baselines)
    said = ", ".join(f"{task} ({theirs})" for task, theirs in sorted(tasks.items()))
    return [f"{PREFIX}: bf16 in place of the baseline's class, over a bridge: {said}"] if said else []


def path_lines() -> list[str]:
    """Return the line that runs take the portable path, and why; none where they take the native one."""
    from stablebert.training.native.compiling import portable_note

    note = portable_note()
    return [] if note is None else [f"{PREFIX}: {note}"]


def _rule(given: Settings) -> list[str]:
    policy = given.policy
    looks = ", ".join(map(str, policy.looks))
    parts = [
        f"alpha {policy.alpha}",
        f"a look after every run, to {policy.looks[-1]}" if policy.anytime else f"looks {looks}",
    ]
    if policy.futility:
        parts.append(f"futility {', '.join(map(str, policy.futility))}")
    if given.budget is not None:
        parts.append(f"budget {given.budget:g} s")
    return [*parts, f"policy {policy.digest}"]
