"""The words that a model judge is asked with: packaged templates, versioned by content hash."""

from evalverse.prompts.data import clean, fence, inline
from evalverse.prompts.load import Prompt, render, templates, version

__all__ = ["Prompt", "clean", "fence", "inline", "render", "templates", "version"]
