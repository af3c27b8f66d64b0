"""The fast path of a run: the same numbers as a padded batch through transformers' own modules, in less time.

packing.py            a batch as one row of real tokens
packed_row.py         where its texts lie
grouped_attention.py  attention within them, by torch alone
native/               attention, dropout and normalisation by compiled kernels
products.py           float32 products through oneDNN
vocabulary.py         the embedding cut down to the words of a run
"""
