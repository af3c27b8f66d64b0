"""A cell: the runs that differ only by seed. Its id, and the method's text in it, are written and read here alone."""

import re
from dataclasses import dataclass, replace

FIDELITIES = ("corrected", "released")
PRECISIONS = ("fp32", "bf16", "fp16")
_FIELD = re.compile(r"[A-Za-z0-9.+\-]+")
_RELEASED = ".released"
_NAME = re.compile(r"[a-z]+")
_PARAMETER = re.compile(r"([a-z]+?)(-?[0-9][0-9a-z.\-]*)")
# what these stand for is recorded, or stated by the paper, for a task and an encoder
NAMED_LENGTHS = ("long", "own")
_LENGTH = re.compile(rf"[1-9][0-9]*(ep|st)|{'|'.join(NAMED_LENGTHS)}")
# what a seed comes out as depends on those beside it, so their number is of the class; a stack of more fits no card
_CLASS = re.compile(rf"({'|'.join(PRECISIONS)})(?:x([2-9]|[1-9][0-9]))?")


def is_length(text: str) -> bool:
    """Return whether a text is a length.

    Example:
        >>> [text for text in ("3ep", "800st", "long", "own", "0ep", "3x") if is_length(text)]
        ['3ep', '800st', 'long', 'own']
    """
    return _LENGTH.fullmatch(text) is not None


def parse_precision(text: str) -> tuple[str, int]:
    """Return what a precision class says: how products are computed, and how many seeds are trained side by side.

    Raises:
        ValueError: the text is no such class.

    Example:
        >>> parse_precision("fp32"), parse_precision("bf16x4")
        (('fp32', 1), ('bf16', 4))
    """
    found = _CLASS.fullmatch(text)
    if found is None:
        raise ValueError(
            f"precision is {text!r}; it must be one of {', '.join(PRECISIONS)}, with x2 to x99 for seeds side by side"
        )
    return found[1], int(found[2] or 1)


def format_precision(products: str, seeds: int = 1) -> str:
    """Return the precision class, the inverse of `parse_precision`.

    Args:
        products: `fp32`, `bf16` or `fp16`.
        seeds: How many are trained side by side, in [1, 99].

    Raises:
        ValueError: there is no such class.

    Example:
        >>> format_precision("fp32", 4)
        'fp32x4'
    """
    text = products if seeds == 1 else f"{products}x{seeds}"
    parse_precision(text)
    return text


@dataclass(frozen=True)
class Cell:
    """What an id says of runs that differ only by seed; recipe, data and weights are in its key.

    Attributes:
        task: Task id, e.g. `trec` or `rte-1k`.
        method: Canonical method text, e.g. `debiased`, `reinit.blocks5`, `reinit+llrd`.
        length: `3ep` (epochs), `800st` (steps), `long` or `own`.
        encoder: Encoder id, e.g. `minilm`.
        precision: Precision class: `fp32`, `bf16` or `fp16`; `fp32x4` of seeds trained four side by side.
        fidelity: `corrected` or `released`.

    Example:
        >>> Cell("rte-1k", "reinit.blocks5").id
        'rte-1k_reinit.blocks5_3ep_minilm_fp32'
    """

    task: str
    method: str = "debiased"
    length: str = "3ep"
    encoder: str = "minilm"
    precision: str = "fp32"
    fidelity: str = "corrected"

    @property
    def method_id(self) -> str:
        """The method as ids show it: canonical, with `.released` where that fidelity is chosen."""
        text = format_method(parse_method(self.method))
        return text + _RELEASED if self.fidelity == "released" else text

    @property
    def name(self) -> str:
        """What a grid lists: `TASK_METHOD_LENGTH`, whatever the encoder and its class."""
        return f"{self.task}_{self.method_id}_{self.length}"

    @property
    def id(self) -> str:
        """The cell id: `TASK_METHOD_LENGTH_ENCODER_CLASS`."""
        return f"{self.name}_{self.encoder}_{self.precision}"

    def __str__(self) -> str:
        """Return the id."""
        return self.id

    def is_sibling_of(self, other: "Cell") -> bool:
        """Return whether two cells differ in their precision class at most."""
        return replace(self, precision=other.precision) == other

    @staticmethod
    def named(name: str, encoder: str = "minilm") -> "Cell":
        """Return the fp32 cell that a grid's name means for an encoder.

        Raises:
            ValueError: the text is no such name.

        Example:
            >>> Cell.named("trec_reinit_3ep").method
            'reinit'
        """
        if name.count("_") != 2:
            raise ValueError(f"{name!r} is not of the form TASK_METHOD_LENGTH, as in trec_debiased_3ep")
        return Cell.parse(f"{name}_{encoder}_fp32")

    @staticmethod
    def parse(text: str) -> "Cell":
        """Return the cell of an id, the inverse of `id`.

        Raises:
            ValueError: the text is no cell id in canonical form, or its length is none.

        Example:
            >>> Cell.parse("trec_reinit.released_3ep_minilm_bf16").fidelity
            'released'
        """
        fields = text.split("_")
        if len(fields) != 5 or not all(_FIELD.fullmatch(item) for item in fields):
            raise ValueError(f"{text!r} is not a cell id; one looks like trec_debiased_3ep_minilm_fp32")
        task, method, length, encoder, precision = fields
        try:
            parse_precision(precision)
        except ValueError as error:
            raise ValueError(f"cell {text!r}: {error}") from None
        if not is_length(length):
            raise ValueError(
                f"cell {text!r}: length {length!r} is not a number of epochs (3ep) or steps (800st), long or own"
            )
        fidelity = "released" if method.endswith(_RELEASED) else "corrected"
        cell = Cell(task, method.removesuffix(_RELEASED), length, encoder, precision, fidelity)
        if cell.id != text:
            raise ValueError(f"{text!r} is not in canonical form; that would be {cell.id!r}")
        return cell


@dataclass(frozen=True)
class EnvironmentClass:
    """Where runs may be compared without a bridge: one device type and one precision class.

    Attributes:
        device: `cpu` or `cuda`.
        precision: Precision class, as a cell has it.

    Example:
        >>> str(EnvironmentClass("cpu", "bf16")), EnvironmentClass.parse("cpu-fp32").precision
        ('cpu-bf16', 'fp32')
    """

    device: str
    precision: str

    def __str__(self) -> str:
        """Return its name, as headers and `bridges.csv` have it."""
        return f"{self.device}-{self.precision}"

    @staticmethod
    def parse(text: str) -> "EnvironmentClass":
        """Return the class of a name.

        Raises:
            ValueError: the text is no such name.
        """
        device, mark, precision = text.partition("-")
        if not device or not mark or _CLASS.fullmatch(precision) is None:
            raise ValueError(f"{text!r} is no environment class; one looks like cpu-fp32")
        return EnvironmentClass(device, precision)


@dataclass(frozen=True)
class MethodChoice:
    """One method by name with its non-default parameters, sorted by key.

    Attributes:
        name: Lower-case letters, e.g. `reinit`.
        parameters: Pairs of key (lower-case letters) and number.
    """

    name: str
    parameters: tuple[tuple[str, int | float], ...] = ()


def parse_method(text: str) -> tuple[MethodChoice, ...]:
    """Split a method text into its parts.

    Args:
        text: Parts joined by `+`; each a name followed by `.keyvalue` for every non-default parameter.

    Returns:
        One `MethodChoice` a part, in the order written.

    Raises:
        ValueError: a part has another form.

    Example:
        >>> parse_method("reinit.blocks5+llrd")
        (MethodChoice(name='reinit', parameters=(('blocks', 5),)), MethodChoice(name='llrd', parameters=()))
    """
    return tuple(_parse_part(part, text) for part in text.split("+"))


def format_method(choices: tuple[MethodChoice, ...]) -> str:
    """Write method choices as text, the inverse of `parse_method`.

    Example:
        >>> format_method((MethodChoice("llrd", (("decay", 0.95),)),))
        'llrd.decay0.95'
    """
    return "+".join(
        choice.name + "".join(f".{key}{_number_text(value)}" for key, value in sorted(choice.parameters))
        for choice in choices
    )


def _parse_part(part: str, whole: str) -> MethodChoice:
    name, *pieces = re.split(r"\.(?=[a-z])", part)
    matches = [_PARAMETER.fullmatch(piece) for piece in pieces]
    if not _NAME.fullmatch(name) or not all(matches):
        raise ValueError(f"method {whole!r}: {part!r} is not of the form name.keyvalue, as in reinit.blocks5")
    parameters = {match[1]: _number(match[2]) for match in matches if match}
    if len(parameters) < len(pieces):
        raise ValueError(f"method {whole!r}: a parameter of {name!r} is given twice")
    return MethodChoice(name, tuple(sorted(parameters.items())))


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else float(text)


def _number_text(value: int | float) -> str:
    # repr writes large floats as 1e+20, and "+" joins methods
    return repr(value).replace("e+", "e")
