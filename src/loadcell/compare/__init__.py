"""Two runs, or two sets of runs, compared: did it get better, by how much, and did the bottleneck move."""

from loadcell.compare.cases import CONFIDENCE
from loadcell.compare.causes import Shift
from loadcell.compare.comparison import FLOOR, Question, check_load, compare
from loadcell.compare.figures import Figure, figures
from loadcell.compare.grounds import Incomparable
from loadcell.compare.result import Comparison, Row, Side
from loadcell.compare.verdicts import Verdict

__all__ = [
    "CONFIDENCE",
    "FLOOR",
    "Comparison",
    "Figure",
    "Incomparable",
    "Question",
    "Row",
    "Shift",
    "Side",
    "Verdict",
    "check_load",
    "compare",
    "figures",
]
