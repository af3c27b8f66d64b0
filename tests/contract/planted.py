"""Optimizers with one planted defect each: a part of a right one replaced, as real code bases have had it."""

from typing import ClassVar

import torch

from tests.contract.plain import Plain, PlainCoupled, PlainKernels

# what an update does


class RateHasAFloor(Plain):
    def move(self, parameter, group, direction):
        parameter.sub_(max(group["lr"], 1e-6) * direction)


class RateTwice(Plain):
    def move(self, parameter, group, direction):
        parameter.sub_(group["lr"] ** 2 * direction)


class Ascends(Plain):
    def move(self, parameter, group, direction):
        parameter.add_(group["lr"] * direction)


class TrustRatio(Plain):
    def move(self, parameter, group, direction):
        parameter.sub_(group["lr"] * parameter.norm() * direction)


class Noise(Plain):
    def move(self, parameter, group, direction):
        parameter.sub_(group["lr"] * direction * (1 + 1e-3 * torch.rand_like(direction)))


class Upcasts(Plain):
    def move(self, parameter, group, direction):
        parameter.data = (parameter - group["lr"] * direction).double()


class NewStorage(Plain):
    def move(self, parameter, group, direction):
        parameter.data = parameter - group["lr"] * direction


class LeaksIntoTheNext(Plain):
    left = 0.0

    def move(self, parameter, group, direction):
        parameter.sub_(group["lr"] * (direction + 1e-3 * self.left))
        self.left = float(direction.mean())


class ReadsTheRateLate(Plain):
    def move(self, parameter, group, direction):
        parameter.sub_(group.get("lr before", group["lr"]) * direction)
        group["lr before"] = group["lr"]


class RateFromConstruction(Plain):
    def add_param_group(self, param_group):
        super().add_param_group({**param_group, "first rate": param_group["lr"]})

    def move(self, parameter, group, direction):
        # rate 0 freezes, as somebody will have asked for
        parameter.sub_((group["first rate"] if group["lr"] else 0.0) * direction)


# epsilon


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


# moments


class ResetsMoments(Plain):
    def direction(self, gradient, group, state):
        state.update(step=1, m=torch.zeros_like(gradient), v=torch.zeros_like(gradient))
        return super().direction(gradient, group, state)


class SwapsBetas(Plain):
    def direction(self, gradient, group, state):
        return super().direction(gradient, {**group, "betas": group["betas"][::-1]}, state)


class NeverForgets(Plain):
    def direction(self, gradient, group, state):
        state["m"].add_(gradient)
        state["v"].add_(gradient**2)
        return state["m"] / self.denominator(state["v"], group["eps"])


class MeansOfSizes(Plain):
    def direction(self, gradient, group, state):
        return super().direction(gradient.abs(), group, state) * (gradient.sign() if state["step"] == 1 else 1)


class ClipsInside(Plain):
    def gradient(self, parameter, group):
        return parameter.grad.clamp(-1, 1)


# decay


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


class DecoupledWhereCoupledIsSaid(PlainCoupled):
    gradient, decay = Plain.gradient, Plain.decay


class DecayInPlaceOnTheGradient(PlainCoupled):
    def gradient(self, parameter, group):
        return parameter.grad.add_(parameter, alpha=group["weight_decay"])


# groups and parameters


class RateOfTheFirstGroup(Plain):
    def move(self, parameter, group, direction):
        super().move(parameter, self.param_groups[0], direction)


class DecayOfTheFirstGroup(Plain):
    def decay(self, parameter, group):
        super().decay(parameter, {**group, "weight_decay": self.param_groups[0]["weight_decay"]})


class CountsOnceAParameter(Plain):
    def update(self, parameter, group):
        group["steps"] = group.get("steps", 0) + 1
        self.state_of(parameter)["step"] = group["steps"] - 1
        super().update(parameter, group)


class CountsOnceAnOptimizer(Plain):
    steps = 0

    def step(self, closure=None):
        self.steps += 1
        return super().step(closure)

    def update(self, parameter, group):
        self.state_of(parameter)["step"] = self.steps - 1
        super().update(parameter, group)


class NoneIsZero(Plain):
    def step(self, closure=None):
        loss = self.loss_of(closure)
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
        super().step()
        return loss


class ForeachLacksDecay(PlainKernels):
    def decay(self, parameter, group):
        if not group["foreach"]:
            super().decay(parameter, group)


class FusedRoundsEpsilon(PlainKernels):
    def direction(self, gradient, group, state):
        eps = group["eps"] + (1e-6 if group["fused"] else 0.0)
        return super().direction(gradient, {**group, "eps": eps}, state)


class FusedIsForgotten(PlainKernels):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, foreach=None, fused=None):
        super().__init__(params, lr, betas, eps, weight_decay, foreach, False)


# state


class LoadsByPosition(Plain):
    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        places = [parameter for group in self.param_groups for parameter in group["params"]]
        for parameter, saved in zip(places, state_dict["state"].values(), strict=False):
            self.state[parameter] = saved


class LosesTheStepWhenLoaded(Plain):
    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        for state in self.state.values():
            state["step"] = 0


class StateOutsideState(Plain):
    def state_of(self, parameter):
        held = self.__dict__.setdefault("held", {})
        if parameter not in held:
            held[parameter] = {"step": 0, "m": torch.zeros_like(parameter), "v": torch.zeros_like(parameter)}
        return held[parameter]


class SharesStateBetweenOptimizers(Plain):
    everywhere: ClassVar = {}

    def gradient(self, parameter, group):
        count = self.everywhere.get(parameter.numel(), 0)
        self.everywhere[parameter.numel()] = count + 1
        return parameter.grad * (1 + 1e-3 * count)


# use


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
