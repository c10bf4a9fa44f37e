"""Documents to Annotated: sentences, words, names and who they are.

The only door to razdel, natasha, slovnet, navec and pymorphy2.
"""

from pipeline.annotate.annotator import Annotator

__all__ = ["Annotator"]
