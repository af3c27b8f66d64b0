"""Defects of what is no Adam: Muon's momentum and decay, Schedule-Free's iterates and decay."""

import torch

from tests.contract.plain_kinds import PlainFree, PlainOrthogonal


class MuonWithoutMomentum(PlainOrthogonal):
    def direction(self, gradient, group, state):
        return self.orthogonal(gradient) if gradient.ndim == 2 else gradient.sign()


class MomentumOfMuonIsNeverForgotten(PlainOrthogonal):
    def direction(self, gradient, group, state):
        state["m"].add_(gradient)
        return self.orthogonal(state["m"]) if gradient.ndim == 2 else state["m"].sign()


class AveragesWhatIsOrthogonal(PlainOrthogonal):
    def direction(self, gradient, group, state):
        beta1 = group["betas"][0]
        new = self.orthogonal(gradient) if gradient.ndim == 2 else gradient.sign()
        state["m"].mul_(beta1).add_(new, alpha=1 - beta1)
        return state["m"] / (1 - beta1 ** state["step"])


class MuonSlowsDownByItself(PlainOrthogonal):
    def move(self, parameter, group, direction):
        super().move(parameter, group, direction / self.state[parameter]["step"] ** 0.5)


class MuonDecaysTwice(PlainOrthogonal):
    def decay(self, parameter, group):
        super().decay(parameter, group)
        super().decay(parameter, group)


class MuonDecaysWithoutRate(PlainOrthogonal):
    def decay(self, parameter, group):
        if group["lr"]:
            parameter.mul_(1 - group["weight_decay"])


class NoneClearsTheMomentumOfMuon(PlainOrthogonal):
    def step(self, closure=None):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    self.state.pop(parameter, None)
        return super().step(closure)


class FreeMovesTwiceTheRate(PlainFree):
    def update(self, parameter, group):
        super().update(parameter, {**group, "lr": 2 * group["lr"]})


class FreeForgetsTheSecondMoment(PlainFree):
    def update(self, parameter, group):
        super().update(parameter, {**group, "betas": (group["betas"][0], 0.0)})


class FreeTrainsAtAHardWiredShare(PlainFree):
    def update(self, parameter, group):
        super().update(parameter, {**group, "betas": (0.9, group["betas"][1])})


class FreeDecayGrows(PlainFree):
    def update(self, parameter, group):
        super().update(parameter, {**group, "weight_decay": -group["weight_decay"]})


class FreeNeverDecays(PlainFree):
    def update(self, parameter, group):
        super().update(parameter, {**group, "weight_decay": 0.0})


class FreeHasEpsilonInsideTheRoot(PlainFree):
    def update(self, parameter, group):
        state, eps = self.state_of(parameter), group["eps"]
        beta2 = group["betas"][1]
        square = state["v"] * beta2 + (1 - beta2) * parameter.grad**2
        root = (square / (1 - beta2 ** (state["step"] + 1))).sqrt()
        # the epsilon beside the root that makes the same denominator
        inside = (root**2 + eps).sqrt() - root
        super().update(parameter, {**group, "eps": torch.nan_to_num(inside)})
