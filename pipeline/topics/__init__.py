"""What an article is about: several topics or none, with honest probabilities.

The only door to scikit-learn besides the event scorer; what is shipped and loaded needs numpy and scipy alone.
"""

from pipeline.topics.model import Topics

__all__ = ["Topics"]
