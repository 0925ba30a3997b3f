"""Plans as text, JSON, CSV and pictures, in English and Russian. Returns str or bytes, never prints."""

from allocator.report.answer import Answer, moment
from allocator.report.catalogue import LANGUAGES, render
from allocator.report.document import document, dumps
from allocator.report.explanation import explanation_document, explanation_text
from allocator.report.frontier import frontier_document, frontier_picture, frontier_table, need_matplotlib
from allocator.report.orders import orders
from allocator.report.summary import summary, verdict
from allocator.report.table import table

__all__ = [
    "LANGUAGES",
    "Answer",
    "document",
    "dumps",
    "explanation_document",
    "explanation_text",
    "frontier_document",
    "frontier_picture",
    "frontier_table",
    "moment",
    "need_matplotlib",
    "orders",
    "render",
    "summary",
    "table",
    "verdict",
]
