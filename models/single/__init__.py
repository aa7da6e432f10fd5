"""One case by itself, in plain Python values: what a question over HTTP asks for, without the cost of frames.

Where a rule is a formula over arrays (features, steps, terms, notices) one case is a block of one and the formula is
the same. Where the bulk way joins and groups frames, this package looks up and counts; tests hold the two equal, bit
for bit.
"""
