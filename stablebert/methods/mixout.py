r"""Mixout: every weight is replaced by its pretrained value with probability p, anew at every forward pass (Section 7).

What: dropout towards the pretrained model in the place of dropout towards zero (Lee et al., ICLR 2020).
Equation, with M of independent Bernoulli(p) elements (1: replaced), w the weight and u its pretrained value:

    w' = (M * u + (1 - M) * w - p * u) / (1 - p),   E[w'] = w,   dw'/dw = (1 - M) / (1 - p)

Hyperparameters: `p` (Appendix H: 0.1, 0.3, 0.5, 0.7, 0.9).
Where it does not help: with debiased Adam it is below the standard way on MRPC and CoLA (Table 2); it doubles the
memory of the weights and slows every forward pass in training.
Deviations: the paper does not say which modules are mixed and what becomes of dropout. Here: the matrices of all linear
layers that have a pretrained value, which is the value before re-initialisation too; biases, embeddings and the head
are not mixed, nor an XLNet's attention, which has no layers; every dropout is switched off, as in the released code.
That code mixes the head as well, towards its own random start (switch `mixed_head`), draws one mask an input feature
(switch `mixout_by_neuron`), and leaves 1 / (1 - p) out of the gradient (switch `unscaled_mixout_gradient`).
"""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.linear import NonDynamicallyQuantizableLinear

from stablebert.encoders.parts import pretrained_values
from stablebert.methods.base import Method, MethodError, Start

_GRANULARITIES = ("element", "neuron")
_PASSES = 32
# where an optimizer's state says how far the masks have been drawn
_STREAM = "mixout_stream"


@dataclass(frozen=True)
class Mixout(Method):
    """Mixout in the place of dropout.

    Attributes:
        p: Probability that a weight is replaced, in [0, 1).
    """

    needs_pretrained = True
    p: float = 0.9

    def __post_init__(self) -> None:
        _check(self.p)

    def change_model(self, model: nn.Module, start: Start) -> dict[str, Any]:
        """Mix from the `mixout` stream and name the matrices."""
        targets = dict(start.pretrained)
        if start.fidelity.mixed_head:
            targets |= {name: value.detach() for name, value in model.named_parameters() if name not in targets}
        names = apply_mixout(
            model,
            self.p,
            pretrained=targets,
            granularity="neuron" if start.fidelity.mixout_by_neuron else "element",
            generator=start.generators("mixout"),
            scaled_gradient=not start.fidelity.unscaled_mixout_gradient,
        )
        return {"mixed": names}

    def wrap_optimizer(self, optimizer: torch.optim.Optimizer, model: nn.Module, start: Start) -> torch.optim.Optimizer:  # noqa: ARG002
        """Save where the stream of the masks stands with the optimizer."""
        keep_mixout_stream(optimizer, model)
        return optimizer


def apply_mixout(
    model: nn.Module,
    p: float,
    *,
    pretrained: Mapping[str, Tensor] | None = None,
    granularity: str = "element",
    generator: torch.Generator | None = None,
    scaled_gradient: bool = True,
) -> list[str]:
    """Let the linear layers of a model mix their weights while it trains, in place, and switch its dropout off.

    Names of parameters stay as they are; in evaluation a layer is an ordinary linear layer. Apply it before the
    optimizer is built and after the model is on its device. Layers with a forward pass of their own are not mixed.

    Args:
        model: Any model.
        p: Probability that a weight is replaced, in [0, 1).
        pretrained: Targets by parameter name; layers whose weight is not in it are not mixed. None takes the present
            values of the model's encoder, without its head.
        granularity: `element` (a mask for every weight) or `neuron` (one for every input feature, as in the released
            code).
        generator: Source of the masks; None uses torch's global generator.
        scaled_gradient: False leaves 1 / (1 - p) out of the gradient, as in the released code: it is then not the
            gradient of the forward pass.

    Returns:
        The names of the matrices that are mixed, in the model's order.

    Raises:
        ValueError: an argument is outside its range, a target has another shape, or nothing would be mixed.

    Example:
        >>> model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.1))
        >>> apply_mixout(model, 0.5, pretrained={"0.weight": torch.zeros(2, 2)})
        ['0.weight']
        >>> model[1].p
        0.0
    """
    _check(p)
    if granularity not in _GRANULARITIES:
        raise MethodError(f"mixout: granularity is {granularity!r}; it must be one of {', '.join(_GRANULARITIES)}")
    targets = pretrained_values(model) if pretrained is None else pretrained
    mixed = [
        (name, module) for name, module in model.named_modules() if _multiplies(module) and f"{name}.weight" in targets
    ]
    if not mixed:
        raise MethodError("mixout: nothing to mix: no linear layer of this model has a pretrained value")
    # all are built before one is put in, so that a target of another shape leaves the model as it was
    layers = {
        module: MixoutLinear(module, targets[f"{name}.weight"], p, granularity, generator, scaled_gradient)
        for name, module in mixed
    }
    # a layer that two modules share stands in two places
    for name, module in [*model.named_modules(remove_duplicate=False)]:
        if module in layers:
            parent, _, attribute = name.rpartition(".")
            setattr(model.get_submodule(parent), attribute, layers[module])
    for inner in model.modules():
        _without_dropout(inner)
    return [f"{name}.weight" for name, _ in mixed]


def keep_mixout_stream(optimizer: torch.optim.Optimizer, model: nn.Module) -> None:
    """Let the state of an optimizer say where the stream of a mixed model's masks stands, so that a run goes on in it.

    Any loop or Trainer that saves and loads the optimizer does it for the stream too. One that mixes from torch's
    global generator needs none of this: that is saved by whoever saves it.

    Args:
        optimizer: The one whose `state_dict` is saved; what wraps it later saves the same.
        model: As from `apply_mixout`.

    Example:
        >>> model = nn.Sequential(nn.Linear(2, 2))
        >>> _ = apply_mixout(model, 0.5, pretrained={"0.weight": torch.zeros(2, 2)}, generator=torch.Generator())
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        >>> keep_mixout_stream(optimizer, model)
        >>> "mixout_stream" in optimizer.state_dict()
        True
    """
    layers = [module for module in model.modules() if isinstance(module, MixoutLinear)]
    generator = layers[0].generator if layers else None
    if generator is None:
        return

    def save(_: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        state[_STREAM] = generator.get_state()

    def load(_: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        if _STREAM not in state:
            raise MethodError(f"mixout: the state to load has no {_STREAM!r}: its run cannot go on with its own masks")
        generator.set_state(state[_STREAM].cpu())

    optimizer.register_state_dict_post_hook(save)
    optimizer.register_load_state_dict_pre_hook(load)


def _multiplies(module: nn.Module) -> bool:
    # of a layer with a forward pass of its own, or none that is called (that of torch's attention), nothing is known
    return type(module).forward is nn.Linear.forward and not isinstance(module, NonDynamicallyQuantizableLinear)


def _without_dropout(module: nn.Module) -> None:
    if isinstance(module, nn.Dropout):
        module.p = 0.0
    # some models keep the probability beside their layers and call torch's function with it
    for name, value in vars(module).items():
        if name.endswith(("dropout", "dropout_prob", "dropout_p")) and isinstance(value, float):
            setattr(module, name, 0.0)


class MixoutLinear(nn.Linear):
    """A linear layer whose weight is mixed with a target while it trains; its parameters are the given layer's own.

    Args:
        linear: The layer to take the place of.
        target: What weights are replaced by, of the weight's shape.
        p: Probability of a replacement, in [0, 1).
        granularity: `element` or `neuron`.
        generator: Source of the masks, or None for torch's global generator.
        scaled_gradient: Whether the gradient is that of the forward pass.
    """

    target: Tensor

    def __init__(
        self,
        linear: nn.Linear,
        target: Tensor,
        p: float,
        granularity: str,
        generator: torch.Generator | None,
        scaled_gradient: bool,
    ) -> None:
        if target.shape != linear.weight.shape:
            shapes = f"{tuple(target.shape)}, the weight {tuple(linear.weight.shape)}"
            raise MethodError(f"mixout: a target is of shape {shapes}")
        # on the meta device nothing is allocated or drawn for parameters that are replaced at once
        super().__init__(linear.in_features, linear.out_features, linear.bias is not None, device="meta")
        self.weight, self.bias = linear.weight, linear.bias
        # a buffer follows the model to another device; it is no part of a checkpoint
        self.register_buffer("target", target.detach().clone().to(linear.weight), persistent=False)
        self.p, self.granularity, self.generator, self.scaled_gradient = p, granularity, generator, scaled_gradient
        # where the generator stood before the last passes, for those that a checkpoint makes again
        self._before: deque[Tensor] = deque(maxlen=_PASSES)
        self.train(linear.training)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 the name is torch's
        """Return the layer's output with a fresh mask in training, with the plain weight in evaluation."""
        if not self.training or self.p == 0:
            return super().forward(input)
        return nn.functional.linear(input, self.mixed_weight(), self.bias)

    def mixed_weight(self) -> Tensor:
        """Draw a mask and return the mixed weight, of the weight's shape."""
        kept = 1 - self._mask()
        # (M u + (1 - M) w - p u) / (1 - p) written about the target: what is kept is scaled, what is not is the target
        moved = self.weight - self.target
        if self.scaled_gradient:
            return self.target + kept * moved / (1 - self.p)
        value = self.target + kept * moved.detach() / (1 - self.p)
        return value + kept * (moved - moved.detach())

    def _mask(self) -> Tensor:
        rows, columns = self.weight.shape
        shape = (rows, columns) if self.granularity == "element" else (1, columns)
        place = self.weight.device if self.generator is None else self.generator.device
        drawn = torch.empty(shape, device=place)
        with self._replayed():
            drawn.bernoulli_(self.p, generator=self.generator)
        return drawn.to(self.weight)

    @contextmanager
    def _replayed(self) -> Iterator[None]:
        """Let a pass that gradient checkpointing makes again, in the backward pass, have the mask that it had.

        torch puts back its global generator alone. Checkpointed parts are passed again last first, as a stack.
        """
        if self.generator is None:
            yield
            return
        now = self.generator.get_state()
        again = torch._C._current_graph_task_id() != -1 and self._before
        if not again:
            self._before.append(now)
            yield
            return
        self.generator.set_state(self._before.pop())
        yield
        self.generator.set_state(now)

    def extra_repr(self) -> str:
        """Return what `repr` says of the layer."""
        return f"{super().extra_repr()}, p={self.p}, granularity={self.granularity}"


def _check(p: float) -> None:
    if not 0 <= p < 1:
        raise MethodError(f"mixout: p is {p!r}; it must be in [0, 1)")
