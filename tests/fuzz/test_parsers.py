"""Every function of the package that reads is before a fuzzer, or is named here with why nobody else writes what it reads."""

import ast
from pathlib import Path

from tests.fuzz.parsers import all_parsers, parsers

HERE = Path(__file__).parent
# which test of this folder feeds it what others may have written
FUZZED = {
    "assets.member_of": "test_task_files.test_a_wheel",
    "baselines.cells.read_baseline": "test_baseline_files.test_a_baseline",
    "baselines.changing.finish": "test_baseline_files.test_a_change_under_way_never_leads_out_of_its_folder",
    "baselines.csv_tables.append_ledger": "test_verdict_files.test_a_ledger",
    "baselines.csv_tables.parse_table": "test_baseline_files.test_a_table",
    "baselines.csv_tables.read_table": "test_baseline_files.test_a_table",
    "baselines.grid.listed_names": "test_baseline_files.test_a_table",
    "baselines.cells._environments_of": "test_baseline_files.test_a_header_sealed_by_an_enemy",
    "baselines.cells._recipe_of": "test_baseline_files.test_a_header_sealed_by_an_enemy",
    "baselines.series._unpacked": "test_baseline_files.test_series_sealed_by_an_enemy_too",
    "baselines.series._unzipped": "test_baseline_files.test_series_sealed_by_an_enemy_too",
    "baselines.series.read_series": "test_baseline_files.test_series_sealed_by_an_enemy_too",
    "baselines.waivers._read": "test_baseline_files.test_a_waiver",
    "checked.parse_json": "test_score_files.test_a_table",
    "cli.github._ask": "test_verdict_files.test_answers_of_an_api",
    "cli.github.pull_request_of": "test_verdict_files.test_an_event",
    "cli.verify._derive": "test_verdict_files.test_a_command_to_be_derived",
    "cli.verify._read": "test_verdict_files.test_a_file_to_be_verified",
    "doctor.arguments_of_trainer.json_facts": "test_setup_files.test_arguments",
    "doctor.facts.given_facts": "test_setup_files.test_a_fact",
    "doctor.reading.read_setup": "test_setup_files.test_a_script",
    "doctor.source.Source.__init__": "test_setup_files.test_a_script",
    "encoders.encoder_files._head": "test_foreign_encoders.test_weights",
    "encoders.encoder_files.is_pointer": "test_foreign_encoders.test_files_of_an_encoder",
    "encoders.encoder_files.weight_files": "test_foreign_encoders.test_an_index_of_weights_in_parts",
    "encoders.model.Encoder.tokenizer": "test_foreign_encoders.test_files_of_an_encoder",
    "encoders.unpacked._archive": "test_task_files.test_a_wheel",
    "encoders.model.load_encoder": "test_foreign_encoders.test_files_of_an_encoder",
    "files._believed": "test_notes.test_a_note_of_a_cache_is_of_its_text_or_made_anew",
    "optim.driving.parse_arguments": "test_options.test_arguments_of_an_optimizer",
    "paper.printed_tables.table_lines": "test_setup_files.test_a_table_of_the_paper",
    "project.options.options_in": "test_options.test_an_ini_file",
    "project.pyproject.adds_code": "test_project_files.test_a_pyproject",
    "project.pyproject.project_table": "test_project_files.test_a_pyproject",
    "project.values.canonical_object": "test_options.test_an_option",
    "records.attempts._read": "test_notes.test_a_note_of_an_attempt_holds_nobody_up_but_its_own_session",
    "records.store.bytes_of": "test_records.test_what_is_loaded_can_be_read_on",
    "records.store.parse_record": "test_records.test_what_is_loaded_can_be_read_on",
    "records.stored_runs._remembered": "test_notes.test_what_a_store_remembers_sealed_by_an_enemy_too",
    "records.under_way._read": "test_notes.test_a_note_of_a_run_under_way",
    "report.page.content._document": "test_verdict_files.test_documents_that_a_page_shows",
    "report.page.content._ledger": "test_verdict_files.test_a_ledger",
    "report.session.read_report": "test_project_files.test_verdicts_that_are_read_can_be_shown",
    "scores.exports._rows_of": "test_score_files.test_an_export",
    "scores.finished.FinishedRuns._read": "test_notes.test_finished_runs_are_those_that_were_made_or_made_again",
    "scores.readers._parquet": "test_score_files.test_a_table",
    "scores.readers._parsed": "test_score_files.test_a_table",
    "scores.readers._separated": "test_score_files.test_a_table",
    "scores.readers.read_rows": "test_score_files.test_a_table",
    "scores.readers.text_of": "test_score_files.test_a_table",
    "scores.trackio_database._runs": "test_score_files.test_a_log_of_a_tool",
    "scores.wandb_log._items": "test_score_files.test_a_log_of_wandb_sealed_by_an_enemy",
    "scores.wandb_log.read_wandb": "test_score_files.test_a_log_of_a_tool",
    "tasks.embedded._rated": "test_task_files.test_texts_of_an_embedded_task",
    "tasks.embedded._sms": "test_task_files.test_texts_of_an_embedded_task",
    "tasks.embedded._trec": "test_task_files.test_texts_of_an_embedded_task",
    "tasks.folder._table": "test_task_files.test_a_table_of_a_task_of_ones_own",
    "tasks.glue._from_hub": "test_task_files.test_rows_of_the_hub",
    "tasks.glue._read_tsv": "test_task_files.test_a_file_of_glue",
    "tasks.own._kept": "test_task_files.test_a_source_of_a_task_of_ones_own",
    "tasks.own.canonical_source": "test_task_files.test_a_source_of_a_task_of_ones_own",
    "tasks.own.source_files": "test_task_files.test_a_source_of_a_task_of_ones_own",
    "training.stacked.alone._model_type": "test_foreign_encoders.test_files_of_an_encoder",
}
_SPEC = "JSON within a run's spec, which its own check has read and written before"
_WORKER = "what another process of the same session has said"
_PACKAGE = "a file of this package, or of one whose code is imported"
# why what it reads is nobody else's
OWN = {
    "baselines.rates.optimizer_search": _SPEC,
    "baselines.rates.with_rate": _SPEC,
    "baselines.rates.with_recorded_rate": _SPEC,
    "baselines.searches.trial_of": _SPEC,
    "cli.board._search_line": _SPEC,
    "cli.search._search_of_optimizer": _SPEC,
    "methods.registry.added_methods": _SPEC,
    "project.optimizer_line._rate_words": _SPEC,
    "project.optimizer_line.optimizer_line": _SPEC,
    "records.provenance._foreign": _SPEC,
    "tasks.task._own_code": _SPEC,
    "training.stacked.alone.why_alone": _SPEC,
    "workers.engines._ray": _SPEC,
    "workers.engines._slurm": _SPEC,
    "plugin.contract.ContractSession.pytest_runtest_logreport": _WORKER,
    "plugin.controller.Controller.pytest_runtest_logreport": _WORKER,
    "plugin.controller.Controller.pytest_xdist_node_collection_finished": _WORKER,
    "plugin.seeds_session.SeedsSummary.pytest_runtest_logreport": _WORKER,
    "workers.base_and_head._run": _WORKER,
    "workers.node.record_of": _WORKER,
    "workers.one_run.main": _WORKER,
    "cli.commands._summary_in": _PACKAGE,
    "paper.fidelity": _PACKAGE,
    "records.third_party._imported_by": _PACKAGE,
    "report.page.rendering._read": _PACKAGE,
    "tasks.task._cached_digest": _PACKAGE,
    "training.fast.native.compiling._digest": _PACKAGE,
    "cli.commands.main": "the command line, by argparse; and the null device",
    "cli.github._message": "only the words of an error, which any answer may lack",
    "cli.verify._plain": "its own text",
    "files._sync": "nothing: a file is opened to be put on the disk",
    "files.sha256_of": "bytes, which mean nothing",
    "machine._fields": "the system's list of processors",
    "plugin.hooks.pytest_collection_modifyitems": "nothing: a session's cluster is opened",
    "plugin.selection.check_repeaters": "whether an option of another plug-in is on",
}


def known_problems(found):
    """Return what of the readers that were found is not as the tables above say."""
    twice = FUZZED.keys() & OWN.keys()
    return sorted({*(found ^ (FUZZED.keys() | OWN.keys())), *twice})


def test_every_reader_is_before_a_fuzzer_or_says_why_not():
    assert known_problems(all_parsers()) == []
    for name in sorted({*FUZZED.values()}):
        module, _, test = name.partition(".")
        tree = ast.parse((HERE / f"{module}.py").read_text())
        (found,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == test]
        # a fuzzer is what draws
        assert any("given" in ast.unparse(one) for one in found.decorator_list), name


def test_a_reader_that_is_new_or_gone_is_noticed():
    planted = "def fresh(path):\n    return json.loads(path.read_text())\n"
    assert parsers(planted, "cli.new") == {"cli.new.fresh"}
    assert known_problems(all_parsers() | {"cli.new.fresh"}) == ["cli.new.fresh"]
    assert known_problems(all_parsers() - {"cli.verify._read"}) == ["cli.verify._read"]
    # what writes reads nothing
    assert parsers("def write(path):\n    with path.open('a') as stream:\n        stream.write('x')\n", "m") == set()
