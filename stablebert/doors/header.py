"""The line that says what is in force."""

from stablebert.doors.options import PREFIX, Settings
from stablebert.doors.requests import baseline_encoder
from stablebert.paper import default_recipe


def header_of(given: Settings) -> str:
    """Return the header of a session."""
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
