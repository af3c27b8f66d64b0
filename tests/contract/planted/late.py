"""Defects that show only after many updates, or at gradients of another size."""

import torch

from tests.contract.plain import Plain


class ClipsTheUpdate(Plain):
    def direction(self, gradient, group, state):
        return super().direction(gradient, group, state).clamp(-1, 1)


class CountsInBfloat16(Plain):
    """From 256 on, one more is no more."""

    def direction(self, gradient, group, state):
        state["step"] = float(torch.tensor(float(state["step"])).bfloat16())
        return super().direction(gradient, group, state)


class CountsInAByte(Plain):
    def direction(self, gradient, group, state):
        state["step"] = (state["step"] - 1) % 255 + 1
        return super().direction(gradient, group, state)


class StartsAgainNowAndThen(Plain):
    def state_of(self, parameter):
        if self.state[parameter].get("step") == 100:
            self.state[parameter].clear()
        return super().state_of(parameter)


class CorrectsBiasForAHundredUpdates(Plain):
    def direction(self, gradient, group, state):
        found, step = super().direction(gradient, group, state), state["step"]
        beta1, beta2 = group["betas"]
        return found if step <= 100 else found * (1 - beta1**step) / (1 - beta2**step) ** 0.5


class SlowsDownByItself(Plain):
    def move(self, parameter, group, direction):
        super().move(parameter, group, direction * min(1.0, 100 / self.state[parameter]["step"]))


class SkipsOutliers(Plain):
    def direction(self, gradient, group, state):
        share = 1 - group["betas"][1] ** (state["step"] - 1)
        usual = (state["v"] / share).sqrt() if share else torch.zeros_like(gradient)
        outlier = (usual > 0) & (gradient.abs() > 3 * usual)
        return super().direction(torch.where(outlier, 0.0, gradient), group, state)


class MomentsInFloat32(Plain):
    def state_of(self, parameter):
        state = self.state[parameter]
        if not state:
            state["step"] = 0
            state["m"], state["v"] = (torch.zeros_like(parameter, dtype=torch.float32) for _ in range(2))
        return state


class DropsTinyGradients(Plain):
    def gradient(self, parameter, group):
        return torch.where(parameter.grad.abs() < 1e-4, 0.0, parameter.grad)


class SignOfTinyGradients(Plain):
    def gradient(self, parameter, group):
        return torch.where(parameter.grad.abs() < 1e-4, 1e-4 * parameter.grad.sign(), parameter.grad)


class DropsTheTailOfALargeBlock(Plain):
    def move(self, parameter, group, direction):
        parameter.view(-1)[:4096].sub_(group["lr"] * direction.reshape(-1)[:4096])


class KeepsEveryGradient(Plain):
    def gradient(self, parameter, group):
        self.state[parameter].setdefault("seen", []).append(parameter.grad.clone())
        return parameter.grad

    def state_of(self, parameter):
        state = self.state[parameter]
        if "step" not in state:
            state["step"] = 0
            state["m"], state["v"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        return state


class CountsInFloat16(Plain):
    """From 2,048 on, one more is no more."""

    def direction(self, gradient, group, state):
        state["step"] = float(torch.tensor(float(state["step"])).half())
        return super().direction(gradient, group, state)


class StartsAgainAfterFiveHundred(Plain):
    def direction(self, gradient, group, state):
        if state["step"] == 500:
            state["m"].zero_()
        return super().direction(gradient, group, state)


class DecaysForTenUpdates(Plain):
    def decay(self, parameter, group):
        if self.state[parameter]["step"] <= 10:
            super().decay(parameter, group)


class RoundsLongTensors(Plain):
    def move(self, parameter, group, direction):
        direction = direction if parameter.numel() < 4096 else direction.bfloat16().to(parameter.dtype)
        super().move(parameter, group, direction)
