"""The stay grammar: values of a message read by rules, without a model."""

from conversations.understanding.entities.extract import Extraction, extract

__all__ = ["Extraction", "extract"]
