import shlex

from stablebert.report import command_line, gate_command


def test_only_what_was_given_is_in_the_command():
    options = {"seeds": None, "all": True, "optimizer-args": '{"eps": 1e-3}', "store": ""}
    command = gate_command("bench/test_section4.py", "rte_reinit+llrd_3ep_minilm_fp32", options, {})
    assert shlex.split(command) == [
        "pytest",
        "bench/test_section4.py",
        "-k",
        "rte_reinit+llrd_3ep_minilm_fp32",
        "--stablebert-all",
        '--stablebert-optimizer-args={"eps": 1e-3}',
    ]


def test_a_seed_block_of_zero_that_was_given_stays():
    assert gate_command("m.py", "c", {"seed-block": "0"}, {}) == "pytest m.py -k c --stablebert-seed-block=0"


def test_variables_that_matter_come_first_and_are_quoted():
    environment = {"STABLEBERT_STORE": "/my runs", "GLUE_DIR": "", "PATH": "/bin"}
    assert command_line(["pytest"], environment) == "STABLEBERT_STORE='/my runs' pytest"
