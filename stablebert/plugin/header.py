"""The lines that say what is in force."""

from stablebert.project import Project
from stablebert.project.optimizer_line import optimizer_line
from stablebert.project.options import PREFIX
from stablebert.project.recorded import rate_of
from stablebert.project.seeds import seed_words


def header_of(project: Project) -> list[str]:
    """Return the header of a session: a line, and more for an optimizer and where `auto` leaves a baseline's class."""
    line = optimizer_line(project)
    return [
        _in_force(project),
        *([] if line is None else [f"{PREFIX}: {line}"]),
        *_too_few(project),
        *_bridged(project),
    ]


def path_lines() -> list[str]:
    """Return the line that runs take the portable path, and why; none where they take the native one."""
    from stablebert.training.fast.native.compiling import portable_note

    note = portable_note()
    return [] if note is None else [f"{PREFIX}: {note}"]


def _in_force(project: Project) -> str:
    given = project.settings
    parts = [f"profile {given.profile}", seed_words(project)]
    parts += [f"precision {given.precision}", f"fidelity {given.fidelity}", *_rule(project)]
    if given.margin is not None:
        parts.append(f"margin {given.margin}")
    if given.model is not None:
        name, against = project.encoder, project.judging_encoder
        ours, theirs = (rate_of(project, encoder) for encoder in (name, against))
        parts.append(f"{name} is {given.model}, peak rate {ours:g} (baselines: {against}, {theirs:g})")
    if given.recipe is not None:
        parts.append(f"recipe {given.given['recipe']}")
    if given.against is not None:
        parts.append(f"judged against {given.against}")
    if given.optimizer is not None:
        parts.append(f"optimizer {given.optimizer} {given.optimizer_args}")
    return f"{PREFIX}: {', '.join(parts)}, store {project.store}"


def _rule(project: Project) -> list[str]:
    policy, budget = project.policy, project.settings.budget
    looks = ", ".join(map(str, policy.looks))
    parts = [
        f"alpha {policy.alpha}",
        f"a look after every run, {policy.looks[0]} to {policy.looks[-1]}" if policy.anytime else f"looks {looks}",
    ]
    if policy.futility:
        parts.append(f"futility {', '.join(map(str, policy.futility))}")
    if policy.shown == "fail":
        parts.append("a PASS with a shown loss is a FAIL")
    if budget is not None:
        parts.append(f"budget {budget:g} s")
    return [*parts, f"alarms shared by {policy.cells}", f"policy {policy.digest}"]


def _too_few(project: Project) -> list[str]:
    """Return the line that says before any training that so few seeds judge nothing; printed rows take any number."""
    given, first = project.settings, project.policy.looks[0]
    if given.seeds is None or given.seeds >= first or given.profile == "paper":
        return []
    seeds = "seed a cell measures" if given.seeds == 1 else "seeds a cell measure"
    return [f"{PREFIX}: {given.seeds} {seeds} and judge nothing: the first look is at {first} (--{PREFIX}-looks)"]


def _bridged(project: Project) -> list[str]:
    from stablebert.project.precision import AUTO, bridged_tasks

    if project.settings.precision != AUTO or project.settings.accept:
        return []
    tasks = bridged_tasks(project.encoder, project.judging_encoder, project.baselines)
    said = ", ".join(f"{task} ({theirs})" for task, theirs in sorted(tasks.items()))
    return [f"{PREFIX}: bf16 in place of the baseline's class, over a bridge: {said}"] if said else []
