"""Several seeds of one cell trained at once in one process: their weights stacked, all else each seed's own.

alone.py            which runs cannot be stacked, and why
stacked_row.py      the packed rows of the seeds, one after another
seed_masks.py       what dropout keeps, by each seed's own draws
stacked_layers.py   layers over the weights of all seeds
stacking.py         the models of the seeds as one
side_by_side.py     the loop over all of them, and their records
"""
