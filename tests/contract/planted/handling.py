"""Defects of what is read when, of what a loop does between updates, and of tensors of another form."""

import torch

from tests.contract.plain import Plain
from tests.contract.planted.moments import TakesMaximizeAndForgetsIt


class _KeepsOptions(Plain):
    """Right: what a group was added with stands beside what it says now."""

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        group["first"] = {name: group[name] for name in ("betas", "eps", "weight_decay")}


class BetasFromConstruction(_KeepsOptions):
    def direction(self, gradient, group, state):
        return super().direction(gradient, {**group, "betas": group["first"]["betas"]}, state)


class EpsilonFromConstruction(_KeepsOptions):
    def direction(self, gradient, group, state):
        return super().direction(gradient, {**group, "eps": group["first"]["eps"]}, state)


class CoefficientOfDecayFromConstruction(_KeepsOptions):
    def decay(self, parameter, group):
        super().decay(parameter, {**group, "weight_decay": group["first"]["weight_decay"]})


class EpsilonOfTheFirstGroup(Plain):
    def direction(self, gradient, group, state):
        return super().direction(gradient, {**group, "eps": self.param_groups[0]["eps"]}, state)


class MaximizesAsTheFirstGroup(TakesMaximizeAndForgetsIt):
    def gradient(self, parameter, group):
        return -parameter.grad if self.param_groups[0]["maximize"] else parameter.grad


class LoadsNoSettings(Plain):
    """The state comes back, and rates and decays stay those of the new optimizer."""

    def load_state_dict(self, state_dict):
        own = [{name: group[name] for name in ("lr", "weight_decay")} for group in self.param_groups]
        super().load_state_dict(state_dict)
        for group, kept in zip(self.param_groups, own, strict=True):
            group.update(kept)


class SavingClearsTheState(Plain):
    def state_dict(self):
        saved = super().state_dict()
        saved["state"] = {}
        self.state.clear()
        return saved


class SavingCounts(Plain):
    def state_dict(self):
        for state in self.state.values():
            state["step"] += 1
        return super().state_dict()


class ClearingGradientsClearsMoments(Plain):
    def zero_grad(self, set_to_none=True):
        super().zero_grad(set_to_none)
        for state in self.state.values():
            state["m"].zero_()


class ClearsNothing(Plain):
    def zero_grad(self, set_to_none=True):
        pass


class HoldsTheGradientItself(Plain):
    """What it holds of the last update is the tensor that the next backward writes into."""

    def direction(self, gradient, group, state):
        last = state.get("last")
        if last is not None and not bool((last == state["copy"]).all()):
            state["m"].zero_()
        state["last"], state["copy"] = gradient, gradient.clone()
        return super().direction(gradient, group, state)


class SparesScalars(Plain):
    def update(self, parameter, group):
        if parameter.ndim:
            super().update(parameter, group)


class CentresWhatHasThreeDimensions(Plain):
    def gradient(self, parameter, group):
        found = parameter.grad
        return found - found.mean() if found.ndim > 2 else found


class DefaultsToFloat64(Plain):
    def move(self, parameter, group, direction):
        torch.set_default_dtype(torch.float64)
        super().move(parameter, group, direction)


class TakesAllThreads(Plain):
    def move(self, parameter, group, direction):
        torch.set_num_threads(2)
        super().move(parameter, group, direction)


class TurnsAnomaliesOn(Plain):
    def move(self, parameter, group, direction):
        torch.autograd.set_detect_anomaly(True)
        super().move(parameter, group, direction)


class DecaysByTheSumOfRates(Plain):
    """All groups' mean rate decays, which is right where groups have one rate."""

    def decay(self, parameter, group):
        rate = sum(each["lr"] for each in self.param_groups) / len(self.param_groups)
        parameter.mul_(1 - rate * group["weight_decay"])


class ReadsATensorRateOnce(Plain):
    def move(self, parameter, group, direction):
        rate = group["lr"]
        if isinstance(rate, torch.Tensor):
            rate = self.state[parameter].setdefault("rate", float(rate))
        super().move(parameter, {**group, "lr": rate}, direction)


class WritesATensorRate(Plain):
    """A correction in place, which no later update reads before a scheduler fills it."""

    def step(self, closure=None):
        loss = super().step(closure)
        for group in self.param_groups:
            if isinstance(group["lr"], torch.Tensor):
                group["lr"].mul_(0.5)
        return loss


class AsksForTheLargest(Plain):
    """Gradients are looked through for what is not finite, by a largest value that no elements do not have."""

    def gradient(self, parameter, group):
        if not bool(parameter.grad.abs().max().isfinite()):
            return torch.zeros_like(parameter)
        return parameter.grad
