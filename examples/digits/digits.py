"""A tiny vision model in plain numpy: one hidden layer on scikit-learn's digits, 8 x 8 pixels, trained by Adam."""

import numpy as np
from sklearn.datasets import load_digits

HIDDEN, CLASSES, BATCH, UPDATES = 32, 10, 20, 60
FIRST, SECOND, SMALL = 0.9, 0.999, 1e-8


def data():
    """Return 400 training and 1,397 test images with their labels: one fixed draw, whatever the seed of a run."""
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    images, labels = images[order] / 16, labels[order]
    return images[:400], labels[:400], images[400:], labels[400:]


def train(seed, *, rate=0.03, bias_correction=True):
    """Train once; the seed draws the weights and the order of the images.

    Args:
        seed: A whole number.
        rate: Peak learning rate; it falls linearly to 0.
        bias_correction: Whether Adam corrects its moments, as it must.

    Returns:
        Accuracy in points and log-loss on the test images.
    """
    images, labels, test_images, test_labels = data()
    draw = np.random.default_rng(seed)
    sizes = [(images.shape[1], HIDDEN), (HIDDEN, CLASSES)]
    weights = [draw.normal(0, size[0] ** -0.5, size) for size in sizes]
    moments = [(np.zeros(size), np.zeros(size)) for size in sizes]
    for step in range(UPDATES):
        batch = draw.choice(len(labels), BATCH, replace=False)
        hidden = np.maximum(images[batch] @ weights[0], 0)
        error = _softmax(hidden @ weights[1]) - np.eye(CLASSES)[labels[batch]]
        slopes = [images[batch].T @ (error @ weights[1].T * (hidden > 0)) / BATCH, hidden.T @ error / BATCH]
        for place, slope in enumerate(slopes):
            mean = FIRST * moments[place][0] + (1 - FIRST) * slope
            square = SECOND * moments[place][1] + (1 - SECOND) * slope**2
            moments[place] = mean, square
            if bias_correction:
                mean, square = mean / (1 - FIRST ** (step + 1)), square / (1 - SECOND ** (step + 1))
            weights[place] -= rate * (1 - step / UPDATES) * mean / (np.sqrt(square) + SMALL)
    chances = _softmax(np.maximum(test_images @ weights[0], 0) @ weights[1])
    right = chances[np.arange(len(test_labels)), test_labels]
    return {"score": 100 * float(np.mean(chances.argmax(1) == test_labels)), "loss": float(-np.log(right).mean())}


def _softmax(values):
    powers = np.exp(values - values.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)
