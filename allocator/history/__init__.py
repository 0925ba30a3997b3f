"""What raw history means: sound or not, before or after a split, whole or with holes. Pure; prices in, prices out."""

from allocator.history.agreement import Comparison, compare
from allocator.history.factors import split_factors, total_return_factors
from allocator.history.joining import gaps, merge_weekends, splice
from allocator.history.moves import AHEAD, BEHIND, jumps
from allocator.history.restoring import Unadjusted, detect_split, unadjust
from allocator.history.selection import Candidate, PortfolioSize, Universe, UniverseRules, Verdict, universe
from allocator.history.sieve import sift

__all__ = [
    "AHEAD",
    "BEHIND",
    "Candidate",
    "Comparison",
    "PortfolioSize",
    "Unadjusted",
    "Universe",
    "UniverseRules",
    "Verdict",
    "compare",
    "detect_split",
    "gaps",
    "jumps",
    "merge_weekends",
    "sift",
    "splice",
    "split_factors",
    "total_return_factors",
    "unadjust",
    "universe",
]
