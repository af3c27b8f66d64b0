"""Defects of weight decay."""

import torch

from tests.contract.plain import Plain, PlainCoupled
from tests.contract.planted.sizes import RateFromConstruction


class DecayWithoutRate(Plain):
    def decay(self, parameter, group):
        parameter.mul_(1 - group["weight_decay"])


class DecayTimesRateSquared(Plain):
    def decay(self, parameter, group):
        parameter.mul_(1 - group["lr"] ** 2 * group["weight_decay"])


class DecayGrows(Plain):
    def decay(self, parameter, group):
        parameter.mul_(1 + group["lr"] * group["weight_decay"])


class DecayIsZero(Plain):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        for group in self.param_groups:
            group["weight_decay"] = 0.0


class DecayTwice(Plain):
    def decay(self, parameter, group):
        super().decay(parameter, group)
        super().decay(parameter, group)


class DecayOnceADtype(Plain):
    def step(self, closure=None):
        for group in self.param_groups:
            for _ in range(len({parameter.dtype for parameter in group["params"]}) - 1):
                for parameter in group["params"]:
                    parameter.data.mul_(1 - group["lr"] * group["weight_decay"])
        return super().step(closure)


class DecayFromConstruction(RateFromConstruction):
    def move(self, parameter, group, direction):
        Plain.move(self, parameter, group, direction)

    def decay(self, parameter, group):
        parameter.mul_(1 - group["first rate"] * group["weight_decay"] if group["lr"] else 1.0)


class DecayCannotBeSwitchedOff(Plain):
    def decay(self, parameter, group):
        parameter.mul_(1 - group["lr"] * (group["weight_decay"] or 0.01))


class CoupledWhereDecoupledIsSaid(Plain):
    gradient, decay = PlainCoupled.gradient, PlainCoupled.decay

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay, decoupled_weight_decay=True)


class DecoupledWhereCoupledIsSaid(PlainCoupled):
    gradient, decay = Plain.gradient, Plain.decay


class DecayInPlaceOnTheGradient(PlainCoupled):
    def gradient(self, parameter, group):
        return parameter.grad.add_(parameter, alpha=group["weight_decay"])


class DecayOfOne(Plain):
    def decay(self, parameter, group):
        parameter.sub_(group["lr"] * group["weight_decay"] * (parameter.sign() + (parameter == 0)))


class DecayOfTheLargestForAll(Plain):
    """Groups that a method spares are decayed too."""

    def decay(self, parameter, group):
        largest = max(each["weight_decay"] for each in self.param_groups)
        super().decay(parameter, {**group, "weight_decay": largest})


class DecaySparesVectors(Plain):
    def decay(self, parameter, group):
        if parameter.ndim > 1:
            super().decay(parameter, group)


class DecayIsCorrectedForBias(Plain):
    def decay(self, parameter, group):
        share = 1 - group["betas"][0] ** self.state[parameter]["step"]
        super().decay(parameter, {**group, "weight_decay": group["weight_decay"] / share})


class DecayGoesWithTheGradient(Plain):
    """As cautious decay does, which is another method."""

    def decay(self, parameter, group):
        shares = (parameter.grad * parameter >= 0).to(parameter.dtype)
        parameter.mul_(1 - group["lr"] * group["weight_decay"] * shares)


class DecayDropsTheTail(Plain):
    def decay(self, parameter, group):
        shares = torch.zeros_like(parameter)
        shares.view(-1)[:1024] = 1
        parameter.mul_(1 - group["lr"] * group["weight_decay"] * shares)


class DecayThroughTheMomentum(Plain):
    """Added to one moment and not to the other: neither coupled nor decoupled."""

    def update(self, parameter, group):
        self.pull = group["weight_decay"] * parameter.detach()
        super().update(parameter, group)

    def decay(self, parameter, group):
        pass

    def direction(self, gradient, group, state):
        state["m"].add_(self.pull, alpha=(1 - group["betas"][0]) / group["betas"][0])
        return super().direction(gradient, group, state)
