"""Defects of the catalogue that have no place in this code, each with the reason; where one could come in, what waits.

The catalogue is a list of defects that optimizers, schedules and recipes have had in public code. One that needs a
feature which is not here cannot be planted; a feature that comes brings its defects along.
"""

UNPLANTED = {
    "O09": "no coupled decay is offered; the contract of an optimizer has a law for a class that says it couples",
    "O18": "no AMSGrad is offered",
    "O19": "a run has one kernel; foreach and fused are compared by the contract, and with a scaler in "
    "tests/optim/test_identities.py",
    "R12": "methods redraw and mix in place, so no parameter is replaced, and the optimizer of a run starts without state",
    "R21": "the first stage of transfer hands over files of its encoder alone: head and optimizer state are not in them",
    "S05": "meant, as in Apex: the schedule goes on over a skipped update; that weights and state stay is in "
    "tests/training/test_precision.py and tests/optim/test_identities.py",
    "S08": "the loop does not accumulate; the identity is in tests/optim/test_identities.py",
    "S11": "as S08",
    "S14": "a run that was cut off starts anew, so it has no state to lose; that a loaded optimizer goes on as if it had "
    "not stopped is a law of the contract",
}
