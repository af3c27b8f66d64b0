"""The native path: the parts of a BERT block that torch computes in many passes, each in one pass of compiled code.

numbers.hpp   element types, exp, erf, and dropout's keeps as a hash of place
rows.hpp      GELU, dropout, and dropout + residual + LayerNorm
products.hpp  small matrix products in registers
attention.hpp attention within the texts of a packed row
kernels.cpp   all of them under plain names
compiling.py  from those files to a library, once a machine
kernels.py    the library's functions on tensors
modules.py    drop-in modules with their own backward pass
swapping.py   putting them into a model
"""
