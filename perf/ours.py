"""(c) A run of stablebert, and how much work any run of the same job is."""

from perf.job import Job
from stablebert.encoders.model import block_list, load_encoder
from stablebert.runs import total_steps
from stablebert.tasks import Task
from stablebert.training import train
from stablebert.training.evaluation import evaluation_steps
from stablebert.training.examples import encode, epoch_batches
from stablebert.training.seeding import Streams


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
