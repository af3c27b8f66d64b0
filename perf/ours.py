"""(c) A run of stablebert, how much work any run of the same job is, and where each millisecond of an update goes.

Shares are of processor time, which other processes disturb less.
"""

import time
from collections import defaultdict
from contextlib import nullcontext

from torch.profiler import ProfilerActivity, profile

from perf.job import Job
from stablebert.encoders.model import block_list, load_encoder
from stablebert.runs import total_steps
from stablebert.tasks import Task
from stablebert.training import loop, setup, train
from stablebert.training.device import keep_freed, repeatable
from stablebert.training.evaluation import evaluation_steps
from stablebert.training.examples import encode, epoch_batches
from stablebert.training.seeding import Streams

# the first kind whose words are in an operator's name takes it
_KINDS = (
    ("attention kernel", ("_Attention",)),
    ("GELU kernel", ("_Gelu",)),
    ("dropout + residual + LayerNorm kernel", ("_ResidualNorm", "_Dropout")),
    ("optimizer, norms, distances", ("fused_adam", "_foreach", "linalg_vector_norm")),
    ("products", ("mm", "addmv", "linear", "matmul", "dot")),
    ("softmax", ("softmax",)),
    ("random numbers and dropout", ("bernoulli", "dropout", "random", "uniform")),
    ("GELU and tanh", ("gelu", "tanh")),
    ("LayerNorm", ("layer_norm",)),
    ("rows by index", ("index", "embedding", "gather", "scatter")),
    ("copies and casts", ("copy", "clone", "cat", "to_copy", "zero", "fill", "empty", "resize", "contiguous")),
    ("sums and products of elements", ("add", "mul", "div", "sub", "sum", "masked")),
)
OTHER, PYTHON = "other operators", "Python and what is between operators"


def run(job: Job, task: Task) -> tuple[list[float], float]:
    """Fine-tune and return the losses and the test score."""
    record = train(job.spec, task=task)
    return list(record.steps.loss), record.best_test


def work_of(job: Job, task: Task) -> tuple[int, int, int]:
    """Return the weights of the encoder's blocks, and the real tokens that are trained on and evaluated."""
    recipe = job.spec.recipe
    encoder = load_encoder(job.spec.encoder, source=job.encoder_source)
    lengths = {
        name: [len(example.input_ids) for example in encode(part, encoder.tokenizer, recipe.max_length)]
        for name, part in (("train", task.train), ("validation", task.validation), ("test", task.test))
    }
    steps = total_steps(job.spec.length, len(lengths["train"]), recipe.batch_size)
    order = Streams(job.seed, job.seed).generator("order")
    batches = epoch_batches(len(lengths["train"]), recipe.batch_size, steps, order)
    trained = sum(lengths["train"][index] for batch in batches for index in batch)
    times = len(evaluation_steps(steps, recipe.evaluations))
    weights = sum(tensor.numel() for tensor in block_list(encoder.model, encoder.family).parameters())
    return weights, trained, times * sum(lengths["validation"]) + sum(lengths["test"])


def kind_of(operator: str) -> str:
    """Return the kind of work of an operator of torch.

    Example:
        >>> kind_of("aten::addmm"), kind_of("_AttentionBackward"), kind_of("aten::sort")
        ('products', 'attention kernel', 'other operators')
    """
    return next((kind for kind, words in _KINDS if any(word in operator for word in words)), OTHER)


def milliseconds_by_kind(job: Job, task: Task, *, warm: int = 4) -> tuple[float, dict[str, float]]:
    """Return the milliseconds of an update of ours without a profiler, and its share by kind of work.

    The shares are of the operators' own times under the profiler, which slows what has many small operators; they are
    scaled so that they and the rest, Python, make up the time without it.

    Args:
        job: A job of `ours` with its number of steps; the first `warm` are left out.
        task: Its data.
        warm: Updates before the clock starts.
    """
    times: list[float] = []
    shares: dict[str, float] = defaultdict(float)
    keep_freed()
    with repeatable():
        for profiled in (False, True):
            run = setup.prepare(job.spec, task)
            began: list[float] = []
            run.optimizer.register_step_post_hook(lambda *_, began=began: began.append(time.process_time()))
            seen = profile(activities=[ProfilerActivity.CPU]) if profiled else None
            with seen or nullcontext():
                loop.optimize(run)
            gaps = [later - earlier for earlier, later in zip(began[warm:], began[warm + 1 :], strict=False)]
            times.append(1000 * sum(gaps) / len(gaps))
            if seen is not None:
                for event in seen.key_averages():
                    shares[kind_of(event.key)] += event.self_cpu_time_total / 1000 / len(began)
    plain, profiled_ms = times
    scale = min(1.0, plain / max(profiled_ms, sum(shares.values())))
    parts = {kind: value * scale for kind, value in shares.items()}
    parts[PYTHON] = max(0.0, plain - sum(parts.values()))
    return plain, dict(sorted(parts.items(), key=lambda item: -item[1]))
