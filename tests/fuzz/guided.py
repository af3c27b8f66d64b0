"""`python -m tests.fuzz.guided`: a coverage-guided fuzzer (atheris) on every format of `targets`, a process each.

Where hypothesis changes files as its strategies say, this one keeps each change that reaches a line no other has reached.
Exit 1 where a reader breaks, with the traceback and a file that does it again. `--planted` breaks a reader behind
conditions that hardly any random change meets together: exit 0 if that is found.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# libFuzzer's: seconds for one file, its greatest length, memory in MiB
LIMITS = ("-timeout=30", "-max_len=16384", "-rss_limit_mb=4096", "-print_final_stats=1", "-verbosity=0")
_TRIED = re.compile(r"number_of_executed_units: +(\d+)")
_NO_WORD = re.compile(r"\W+")
_PLANTED = "scores json"


def main() -> int:
    parser = argparse.ArgumentParser("tests.fuzz.guided", description=str(__doc__).splitlines()[0])
    parser.add_argument("formats", nargs="*", help="names of `targets.TARGETS` (default: all)")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each format (default 60)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default 2)")
    parser.add_argument("--keep", type=Path, default=Path(".fuzz"), help="folder of files that break a reader")
    parser.add_argument("--planted", action="store_true", help="break a reader; what is planted must be found")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        _fuzz(arguments.formats[0], arguments.seconds, arguments.keep, planted=arguments.planted)
    names = [_PLANTED] if arguments.planted else arguments.formats or _names()
    arguments.keep.mkdir(exist_ok=True)
    with ThreadPoolExecutor(arguments.jobs) as pool:
        broken = sum(pool.map(lambda name: _broken(name, arguments), names))
    return int(broken == 0) if arguments.planted else int(broken > 0)


def _names() -> list[str]:
    from tests.fuzz.targets import TARGETS

    return list(TARGETS)


def _broken(name: str, arguments: argparse.Namespace) -> bool:
    """Fuzz one format in a process of its own; print and return whether its reader broke."""
    words = [name, "--one", f"--seconds={arguments.seconds}", f"--keep={arguments.keep}"]
    command = [sys.executable, "-m", "tests.fuzz.guided", *words, *["--planted"] * arguments.planted]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    tried = _TRIED.search(done.stderr)
    said = f"{int(tried[1]):,} files" if tried else "not begun"
    print(f"{name}: {said}, {'broken' if done.returncode else 'nothing'}", flush=True)
    if done.returncode:
        print(done.stdout[-4000:] + done.stderr[-4000:], flush=True)
    return done.returncode != 0


def _fuzz(name: str, seconds: int, keep: Path, *, planted: bool) -> None:
    """Fuzz one format; the library ends the process."""
    import atheris

    with atheris.instrument_imports(include=["stablebert"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    home = Path(tempfile.mkdtemp(prefix="stablebert-fuzz-"))
    known, found = home / "known", home / "found"
    for folder in (known, found, home / "files"):
        folder.mkdir()
    (known / "whole").write_bytes(target.whole)
    read = atheris.instrument_func(_breaks) if planted else target.read

    def one_input(content: bytes) -> None:
        read(home / "files", content)

    words = [f"-max_total_time={seconds}", f"-artifact_prefix={keep.resolve()}/{_NO_WORD.sub('-', name)}-"]
    atheris.Setup([sys.argv[0], *LIMITS, *words, str(found), str(known)], one_input)
    atheris.Fuzz()


def _breaks(_: Path, content: bytes) -> None:
    """Break where three bytes follow on a bracket, which a fuzzer that sees lines finds one after the other."""
    if not content.startswith(b"["):
        return
    if not content.startswith(b"[#"):
        return
    if not content.startswith(b"[#%"):
        return
    if content.startswith(b"[#%!"):
        raise IndexError("planted")


if __name__ == "__main__":
    sys.exit(main())
