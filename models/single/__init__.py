"""One case by itself, in plain Python values: what a question over HTTP asks for, without the cost of frames.

Where a rule is a formula (features, steps, notices, the way back) it is the same for arrays and for the values of one
case (:mod:`models.arithmetic`). Where the bulk way joins and groups frames, this package looks up and counts; tests
hold the two equal, bit for bit.
"""
