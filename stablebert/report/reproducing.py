"""The command that makes and judges the same runs again."""

import shlex
from collections.abc import Mapping, Sequence

# what decides which files are read and where runs are computed, beside the command line
VARIABLES = ("GLUE_DIR", "STABLEBERT_DEVICE", "STABLEBERT_STORE")


def gate_command(module: str, cell: str, options: Mapping[str, object], environment: Mapping[str, str]) -> str:
    """Return the command, to be given in the root directory, that judges one cell by pytest.

    Args:
        module: The bench module, as a node id has it.
        cell: Cell id.
        options: Options given on the command line, by name with dashes; True is a switch, None is not given.
        environment: The process's.

    Example:
        >>> gate_command("bench/test_section4.py", "trec_debiased_3ep_minilm_fp32", {"seed-block": "100"}, {})
        'pytest bench/test_section4.py -k trec_debiased_3ep_minilm_fp32 --stablebert-seed-block=100'
    """
    given = [f"--stablebert-{name}{'' if value is True else f'={value}'}" for name, value in options.items() if value]
    return command_line(["pytest", module, "-k", cell, *given], environment)


def command_line(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return words as a shell takes them, behind the variables that are set and matter.

    Args:
        words: The program and its arguments.
        environment: The process's.

    Example:
        >>> command_line(["pytest", "bench", "-k", "a or b"], {"GLUE_DIR": "/data", "HOME": "/root"})
        "GLUE_DIR=/data pytest bench -k 'a or b'"
    """
    variables = [f"{name}={shlex.quote(environment[name])}" for name in VARIABLES if environment.get(name)]
    return " ".join([*variables, shlex.join(words)])
