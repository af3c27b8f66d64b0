"""Lion, Muon and Schedule-Free AdamW written out: right, and in parts that a planted defect replaces."""

import torch

from tests.contract.plain import Plain


class PlainSign(Plain):
    """Lion (Chen et al., 2023): the sign of a momentum."""

    stablebert_kind = "sign"

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        torch.optim.Optimizer.__init__(self, params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    def state_of(self, parameter):
        state = self.state[parameter]
        if not state:
            state["step"], state["m"] = 0, torch.zeros_like(parameter)
        return state

    def direction(self, gradient, group, state):
        beta1, beta2 = group["betas"]
        found = state["m"].lerp(gradient, 1 - beta1).sign()
        state["m"].lerp_(gradient, 1 - beta2)
        return found


class PlainOrthogonal(PlainSign):
    """Muon (Jordan et al., 2024): what has two dimensions is orthogonalised, the rest is as in Lion."""

    stablebert_kind = "orthogonal"
    iterations = 5

    def direction(self, gradient, group, state):
        state["m"].mul_(group["betas"][0]).add_(gradient)
        momentum = gradient + group["betas"][0] * state["m"]
        return self.orthogonal(momentum) if momentum.ndim == 2 else momentum.sign()

    def orthogonal(self, matrix):
        found = matrix / (matrix.norm() + 1e-30)
        wide = found.shape[0] <= found.shape[1]
        found = found if wide else found.T
        for _ in range(self.iterations):
            square = found @ found.T
            found = 3.4445 * found + (2.0315 * square @ square - 4.775 * square) @ found
        return found if wide else found.T


class PlainFree(Plain):
    """Schedule-Free AdamW (Defazio et al., 2024): gradients at y, between the average x and the iterate z."""

    stablebert_kind = "schedule-free"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay, training=True)

    def state_of(self, parameter):
        state = self.state[parameter]
        if not state:
            state["step"], state["weights"] = 0, 0.0
            state["z"], state["v"] = parameter.detach().clone(), torch.zeros_like(parameter)
        return state

    def update(self, parameter, group):
        state, (beta1, beta2), rate = self.state_of(parameter), group["betas"], float(group["lr"])
        state["step"] += 1
        state["v"].mul_(beta2).addcmul_(parameter.grad, parameter.grad, value=1 - beta2)
        square = state["v"] / (1 - beta2 ** state["step"])
        move = rate * (parameter.grad / (square.sqrt() + group["eps"]) + group["weight_decay"] * parameter)
        share = self.share_of(state, rate)
        # the average takes in the new iterate, and the weights lie between the two
        parameter.lerp_(state["z"], share).sub_((1 - beta1 * (1 - share)) * move)
        state["z"].sub_(move)

    def share_of(self, state, rate):
        state["weights"] += rate**2
        return rate**2 / state["weights"] if rate else 0.0

    def eval(self):
        self.turn(training=False)

    def train(self):
        self.turn(training=True)

    @torch.no_grad()
    def turn(self, *, training):
        for group in self.param_groups:
            if group["training"] != training:
                group["training"] = training
                beta1 = group["betas"][0]
                for parameter in group["params"]:
                    if parameter in self.state:
                        parameter.lerp_(self.state[parameter]["z"], 1 - beta1 if training else 1 - 1 / beta1)
