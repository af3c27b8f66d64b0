"""Defects of what an update does: its size, sign and place."""

import torch

from tests.contract.plain import Plain
from tests.contract.plain_kinds import PlainOrthogonal, PlainSign


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


class SignOfTwiceTheSize(PlainSign):
    def move(self, parameter, group, direction):
        super().move(parameter, group, 2 * direction)


class DoesNotOrthogonalise(PlainOrthogonal):
    def orthogonal(self, matrix):
        return matrix / (matrix.norm() + 1e-30)


class OrthogonalisesOnce(PlainOrthogonal):
    iterations = 1


class LeavesTallMatrices(PlainOrthogonal):
    def orthogonal(self, matrix):
        return super().orthogonal(matrix) if matrix.shape[0] <= matrix.shape[1] else matrix / matrix.norm()


class OrthogonalTimesTheNorm(PlainOrthogonal):
    def orthogonal(self, matrix):
        return super().orthogonal(matrix) * matrix.norm()


class RateOverTheRootOfSteps(Plain):
    def move(self, parameter, group, direction):
        parameter.sub_(group["lr"] / self.state[parameter]["step"] ** 0.5 * direction)


class SkipsEveryTenth(Plain):
    def move(self, parameter, group, direction):
        if self.state[parameter]["step"] % 10:
            super().move(parameter, group, direction)
