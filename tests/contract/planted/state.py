"""Defects of state: what is kept, saved and loaded."""

from typing import ClassVar

import torch

from tests.contract.plain import Plain
from tests.contract.plain_kinds import PlainFree


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


class EvaluatesTwice(PlainFree):
    def turn(self, *, training):
        for group in self.param_groups:
            group["training"] = not training
        super().turn(training=training)


class TrainsByTheOtherShare(PlainFree):
    @torch.no_grad()
    def turn(self, *, training):
        back = [group for group in self.param_groups if training and not group["training"]]
        super().turn(training=training)
        for group in back:
            for parameter in group["params"]:
                if parameter in self.state:
                    parameter.lerp_(self.state[parameter]["z"], 0.1)


class AveragesTheLastMost(PlainFree):
    def share_of(self, state, rate):
        return 2 / (state["step"] + 1)


class IterateIsTheWeightItself(PlainFree):
    """`z` is the parameter and no copy of it, so that nothing is averaged."""

    def state_of(self, parameter):
        state = super().state_of(parameter)
        if state["step"] == 0:
            state["z"] = parameter.detach()
        return state


class LoadsMomentsInBfloat16(Plain):
    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        for state in self.state.values():
            state["m"] = state["m"].bfloat16().to(state["m"].dtype)
