"""Reads what a run wrote about itself: test reports and coverage, as *reported by the code under review*; pure.

What must stay true: a report proves nothing, for the code under review wrote it; every text in it is from outside; its
size, depth and number of parts are bounded, and what is too large or malformed is refused in a sentence, not half read.
"""
