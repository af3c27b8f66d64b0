"""AdamW written out, one parameter after the other: right, and in parts that a planted defect replaces."""

import torch


class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, **more):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, **more})

    @torch.no_grad()
    def step(self, closure=None):
        loss = self.loss_of(closure)
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.update(parameter, group)
        return loss

    def loss_of(self, closure):
        if closure is None:
            return None
        with torch.enable_grad():
            return closure()

    def update(self, parameter, group):
        state = self.state_of(parameter)
        state["step"] += 1
        self.decay(parameter, group)
        self.move(parameter, group, self.direction(self.gradient(parameter, group), group, state))

    def state_of(self, parameter):
        state = self.state[parameter]
        if not state:
            state["step"] = 0
            state["m"], state["v"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        return state

    def gradient(self, parameter, group):
        return parameter.grad

    def decay(self, parameter, group):
        parameter.mul_(1 - group["lr"] * group["weight_decay"])

    def direction(self, gradient, group, state):
        beta1, beta2 = group["betas"]
        state["m"].mul_(beta1).add_(gradient, alpha=1 - beta1)
        state["v"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        mean = state["m"] / (1 - beta1 ** state["step"])
        return mean / self.denominator(state["v"] / (1 - beta2 ** state["step"]), group["eps"])

    def denominator(self, square, eps):
        return square.sqrt() + eps

    def move(self, parameter, group, direction):
        parameter.sub_(group["lr"] * direction)


class PlainCoupled(Plain):
    """The same with coupled decay, and it says so, as torch's Adam does."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay, decoupled_weight_decay=False)

    def gradient(self, parameter, group):
        return parameter.grad + group["weight_decay"] * parameter

    def decay(self, parameter, group):
        pass


class PlainKernels(Plain):
    """The same with two names for its one path."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, foreach=None, fused=None):
        super().__init__(params, lr, betas, eps, weight_decay, foreach=foreach, fused=fused)


class PlainSwitches(Plain):
    """The same with AMSGrad, maximize, and a second name for its path."""

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0.0,
        foreach=None,
        amsgrad=False,
        maximize=False,
    ):
        super().__init__(params, lr, betas, eps, weight_decay, foreach=foreach, amsgrad=amsgrad, maximize=maximize)

    def gradient(self, parameter, group):
        return -parameter.grad if group["maximize"] else parameter.grad

    def direction(self, gradient, group, state):
        beta1, beta2 = group["betas"]
        state["m"].mul_(beta1).add_(gradient, alpha=1 - beta1)
        state["v"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        square = self.largest(state) if group["amsgrad"] else state["v"]
        mean = state["m"] / (1 - beta1 ** state["step"])
        return mean / self.denominator(square / (1 - beta2 ** state["step"]), group["eps"])

    def largest(self, state):
        state["largest"] = torch.maximum(state.get("largest", state["v"]), state["v"])
        return state["largest"]
