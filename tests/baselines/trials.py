"""Trials of two small searches: peak rates of an encoder, and lengths of a method."""

from stablebert.baselines import Trial


def at_rate(task, rate, seed, score):
    return Trial(task, "debiased", "3ep", rate, seed, score, False)


def at_length(length, seed, score):
    return Trial("trec", "reinit", length, 2e-4, seed, score, False)


SCORES = {("trec", 1e-4): 91.0, ("trec", 2e-4): 93.0, ("sms", 1e-4): 80.0, ("sms", 2e-4): 79.0}
TRIALS = [at_rate(task, rate, seed, score) for (task, rate), score in SCORES.items() for seed in (900, 901)]
