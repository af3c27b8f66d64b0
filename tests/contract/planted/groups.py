"""Defects of groups and parameters: who is updated with what."""

import torch

from tests.contract.plain import Plain, PlainKernels


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


class ForeachTakesFours(PlainKernels):
    """What is left when a group's tensors are taken by fours is forgotten."""

    def update(self, parameter, group):
        size = len(group["params"])
        left = group["params"][size - size % 4 :] if group["foreach"] and size > 4 else []
        if all(parameter is not each for each in left):
            super().update(parameter, group)


class FusedRoundsEpsilon(PlainKernels):
    def direction(self, gradient, group, state):
        eps = group["eps"] + (1e-6 if group["fused"] else 0.0)
        return super().direction(gradient, {**group, "eps": eps}, state)


class FusedIsForgotten(PlainKernels):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, foreach=None, fused=None):
        super().__init__(params, lr, betas, eps, weight_decay, foreach, False)


class NoneClearsTheState(Plain):
    def step(self, closure=None):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    self.state.pop(parameter, None)
        return super().step(closure)


class NoneAgesTheState(Plain):
    def step(self, closure=None):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None and self.state.get(parameter):
                    self.state[parameter]["step"] += 1
        return super().step(closure)


class LateGroupsAreOld(Plain):
    updates = 0

    def step(self, closure=None):
        self.updates += 1
        return super().step(closure)

    def add_param_group(self, param_group):
        super().add_param_group({**param_group, "born": self.updates})

    def update(self, parameter, group):
        state = self.state_of(parameter)
        state["step"] = max(state["step"], group["born"])
        super().update(parameter, group)


class IgnoresLateGroups(Plain):
    def step(self, closure=None):
        kept = self.__dict__.setdefault("kept", self.param_groups[:])
        whole, self.param_groups = self.param_groups, kept if len(self.param_groups) > len(kept) else self.param_groups
        try:
            return super().step(closure)
        finally:
            self.param_groups = whole


class MeanOverTheTensor(Plain):
    def direction(self, gradient, group, state):
        found = super().direction(gradient, group, state)
        return found if found.numel() < 1024 else found / found.abs().mean()


class StateByShape(Plain):
    def state_of(self, parameter):
        first = next(each for group in self.param_groups for each in group["params"] if each.shape == parameter.shape)
        return super().state_of(first)


class BetasOfTheFirstGroup(Plain):
    def direction(self, gradient, group, state):
        return super().direction(gradient, {**group, "betas": self.param_groups[0]["betas"]}, state)


class LateGroupsClearTheState(Plain):
    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        self.state.clear()


class LateGroupsGetTheFirstRate(Plain):
    def add_param_group(self, param_group):
        rate = self.param_groups[0]["lr"] if self.state else param_group["lr"]
        super().add_param_group({**param_group, "lr": rate})


class LosesStateAboveABlock(Plain):
    def direction(self, gradient, group, state):
        found = super().direction(gradient, group, state)
        for name in ("m", "v"):
            state[name].view(-1)[1024:] = 0
        return found
