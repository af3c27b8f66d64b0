"""Defects of use: what is touched, and the closure."""

import numpy
import torch

from tests.contract.plain import Plain


class ScalesTheGradientInPlace(Plain):
    def gradient(self, parameter, group):
        return parameter.grad.mul_(0.5)


class WritesTheRateBack(Plain):
    def update(self, parameter, group):
        super().update(parameter, group)
        group["lr"] *= 0.999


class ClosureWithoutGradients(Plain):
    def loss_of(self, closure):
        return closure() if closure is not None else None


class ClosureTwice(Plain):
    def loss_of(self, closure):
        super().loss_of(closure)
        return super().loss_of(closure)


class LossIsDropped(Plain):
    def loss_of(self, closure):
        super().loss_of(closure)


class DrawsFromTheGlobalStream(Plain):
    def move(self, parameter, group, direction):
        torch.rand(1)
        super().move(parameter, group, direction)


class SparseMeansItsValues(Plain):
    def gradient(self, parameter, group):
        if not parameter.grad.is_sparse:
            return parameter.grad
        return parameter.grad.coalesce().values().mean() * torch.ones_like(parameter)


class SparseRowsCountOnce(Plain):
    """Of a row that is stored twice the last is taken, and not the sum."""

    def gradient(self, parameter, group):
        if not parameter.grad.is_sparse:
            return parameter.grad
        dense = torch.zeros_like(parameter)
        dense[parameter.grad._indices()[0]] = parameter.grad._values()
        return dense


class DrawsFromNumpy(Plain):
    def move(self, parameter, group, direction):
        numpy.random.rand()
        super().move(parameter, group, direction)


class ClosureAfterTheUpdate(Plain):
    def step(self, closure=None):
        super().step()
        return self.loss_of(closure)


class ClearsGradients(Plain):
    def step(self, closure=None):
        loss = super().step(closure)
        self.zero_grad()
        return loss
