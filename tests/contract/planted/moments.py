"""Defects of the moments and their betas."""

import torch

from tests.contract.plain import Plain
from tests.contract.plain_kinds import PlainSign


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


class MomentumIsNotDampened(Plain):
    def direction(self, gradient, group, state):
        beta1, beta2 = group["betas"]
        state["m"].mul_(beta1).add_(gradient)
        state["v"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        return state["m"] / self.denominator(state["v"] / (1 - beta2 ** state["step"]), group["eps"])


class CorrectsOneMomentOnly(Plain):
    def direction(self, gradient, group, state):
        return super().direction(gradient, group, state) * (1 - group["betas"][0] ** state["step"])


class BetasAreHardWired(Plain):
    def direction(self, gradient, group, state):
        return super().direction(gradient, {**group, "betas": (0.9, 0.999)}, state)


class SecondMomentUsesBeta1(Plain):
    def direction(self, gradient, group, state):
        return super().direction(gradient, {**group, "betas": (group["betas"][0],) * 2}, state)


class TakesAmsgradAndForgetsIt(Plain):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad=amsgrad)


class TakesMaximizeAndForgetsIt(Plain):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, maximize=False):
        super().__init__(params, lr, betas, eps, weight_decay, maximize=maximize)


class MaximizeTurnsDecayAround(TakesMaximizeAndForgetsIt):
    def gradient(self, parameter, group):
        return -parameter.grad if group["maximize"] else parameter.grad

    def decay(self, parameter, group):
        sign = -1 if group["maximize"] else 1
        parameter.mul_(1 - sign * group["lr"] * group["weight_decay"])


class CountsEveryUpdateTwice(Plain):
    def direction(self, gradient, group, state):
        found = super().direction(gradient, group, state)
        state["step"] += 1
        return found


class SwapsBetasInTheCorrection(Plain):
    def direction(self, gradient, group, state):
        found, step = super().direction(gradient, group, state), state["step"]
        mean, square = (1 - beta**step for beta in group["betas"])
        return found * (mean / square) ** 1.5


class LooksAhead(Plain):
    def direction(self, gradient, group, state):
        super().direction(gradient, group, state)
        beta1, beta2 = group["betas"]
        mean = (beta1 * state["m"] + (1 - beta1) * gradient) / (1 - beta1 ** state["step"])
        return mean / self.denominator(state["v"] / (1 - beta2 ** state["step"]), group["eps"])


class MomentsInBfloat16(Plain):
    def direction(self, gradient, group, state):
        found = super().direction(gradient, group, state)
        for name in ("m", "v"):
            state[name].copy_(state[name].bfloat16())
        return found


class AmsgradIsAlwaysOn(TakesAmsgradAndForgetsIt):
    def direction(self, gradient, group, state):
        super().direction(gradient, group, state)
        beta1, beta2 = group["betas"]
        largest = state["largest"] = torch.maximum(state.get("largest", state["v"]), state["v"]).clone()
        mean = state["m"] / (1 - beta1 ** state["step"])
        return mean / self.denominator(largest / (1 - beta2 ** state["step"]), group["eps"])


class SignOfTheNewMomentum(PlainSign):
    def direction(self, gradient, group, state):
        return state["m"].lerp_(gradient, 1 - group["betas"][1]).sign()


class SignSwapsBetas(PlainSign):
    def direction(self, gradient, group, state):
        return super().direction(gradient, {**group, "betas": group["betas"][::-1]}, state)
