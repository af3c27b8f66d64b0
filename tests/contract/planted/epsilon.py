"""Defects of epsilon."""

import torch

from tests.contract.plain import Plain


class NoEpsilon(Plain):
    def denominator(self, square, eps):
        return square.sqrt()


class NoEpsilonUnlessZero(Plain):
    def denominator(self, square, eps):
        # the mean of a gradient of 1e-30 is not 0, its square is
        return torch.where(square == 0, 1e-45, square.sqrt())


class EpsilonInsideTheRoot(Plain):
    def denominator(self, square, eps):
        return (square + eps).sqrt()


class EpsilonIsFixed(Plain):
    def denominator(self, square, eps):
        return square.sqrt() + 1e-8


class EpsilonIsLarge(Plain):
    def denominator(self, square, eps):
        return square.sqrt() + 1e-3


class NoRoot(Plain):
    def denominator(self, square, eps):
        return square + eps


class EpsilonBeforeTheCorrection(Plain):
    def direction(self, gradient, group, state):
        correction = 1 - group["betas"][1] ** (state["step"])
        return super().direction(gradient, {**group, "eps": group["eps"] / correction**0.5}, state)


class EpsilonTwice(Plain):
    def denominator(self, square, eps):
        return square.sqrt() + 2 * eps


class EpsilonBeforeTheCorrectionFromTheSecondOn(Plain):
    def direction(self, gradient, group, state):
        share = 1.0 if state["step"] == 1 else (1 - group["betas"][1] ** state["step"]) ** 0.5
        return super().direction(gradient, {**group, "eps": group["eps"] / share}, state)
