"""What the sentences of the laws and their checks share: numbers, and sets of kinds."""

# the numbers that a sentence says and its check uses
LARGE = 1000
WAIT = 60
TINY = ("0", "1e-45", "1e-30", "1e-8")
MOST_RATES = 100
CONSTANT = 40
AT_LAST = 2100
LONG = 70_070
PIECES = 7
FEW = 5
LASTING = 300
DECAYING = 24
SMALL = 1e-6
FORMS = ((2, 3, 2), (3, 4))
SPREAD = 3
FADED = 300
TIMES = 1024

# an update is a number of rates an element, or a matrix of that size
SIZED = ("adam", "sign")
SCALED = (*SIZED, "orthogonal")
FADING = (*SIZED, "schedule-free")
ADAM = ("adam",)
SMOOTH = (*ADAM, "schedule-free")
