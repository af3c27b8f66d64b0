"""Defects of what an update does: its size, sign and place."""

import torch

from tests.contract.plain import Plain


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


class TwiceTheRate(Plain):
    def move(self, parameter, group, direction):
        parameter.sub_(2 * group["lr"] * direction)


class DropsTheTail(Plain):
    def move(self, parameter, group, direction):
        parameter.view(-1)[:1024].sub_(group["lr"] * direction.reshape(-1)[:1024])


class WritesIntoACopy(Plain):
    def move(self, parameter, group, direction):
        parameter.contiguous().sub_(group["lr"] * direction)


class FirstUpdatesOnly(Plain):
    def move(self, parameter, group, direction):
        if self.state[parameter]["step"] <= 6:
            super().move(parameter, group, direction)


class SignOfTwiceTheSize(Plain):
    stablebert_kind = "sign"

    def move(self, parameter, group, direction):
        parameter.sub_(2 * group["lr"] * direction.sign())


class DoesNotOrthogonalise(Plain):
    stablebert_kind = "orthogonal"

    def direction(self, gradient, group, state):
        return gradient / (gradient.norm() + 1e-30)


class RateOverTheRootOfSteps(Plain):
    def move(self, parameter, group, direction):
        parameter.sub_(group["lr"] / self.state[parameter]["step"] ** 0.5 * direction)


class SkipsEveryTenth(Plain):
    def move(self, parameter, group, direction):
        if self.state[parameter]["step"] % 10:
            super().move(parameter, group, direction)
