"""Defects of one path of several, and of what is switched on in it."""

import torch

from tests.contract.plain import PlainKernels, PlainSwitches


class ForeachForgetsMaximize(PlainSwitches):
    def gradient(self, parameter, group):
        return super().gradient(parameter, {**group, "maximize": group["maximize"] and not group["foreach"]})


class ForeachForgetsAmsgrad(PlainSwitches):
    def direction(self, gradient, group, state):
        return super().direction(gradient, {**group, "amsgrad": group["amsgrad"] and not group["foreach"]}, state)


class ForeachPairsWithThoseBefore(PlainKernels):
    """Gradients that are there, one after the other with all parameters."""

    def step(self, closure=None):
        for group in self.param_groups:
            gradients = [parameter.grad for parameter in group["params"] if parameter.grad is not None]
            for parameter, gradient in zip(group["params"], gradients if group["foreach"] else (), strict=False):
                if gradient.shape == parameter.shape:
                    parameter.grad = gradient
        return super().step(closure)


class ForeachDropsTheTail(PlainKernels):
    def move(self, parameter, group, direction):
        if group["foreach"]:
            direction = direction.clone()
            direction.view(-1)[65_536:] = 0
        super().move(parameter, group, direction)


class AmsgradOfTheFirstGroup(PlainSwitches):
    def direction(self, gradient, group, state):
        return super().direction(gradient, {**group, "amsgrad": self.param_groups[0]["amsgrad"]}, state)


class AmsgradIsCorrectedTwice(PlainSwitches):
    def direction(self, gradient, group, state):
        found, share = super().direction(gradient, group, state), 1 - group["betas"][1] ** state["step"]
        return found * share**0.5 if group["amsgrad"] else found


class AmsgradOfTheLastTwo(PlainSwitches):
    def largest(self, state):
        before, state["before"] = state.get("before", state["v"]), state["v"].clone()
        return torch.maximum(before, state["v"])
