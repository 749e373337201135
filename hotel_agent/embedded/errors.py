"""What stops the platform from starting, as a sentence for the person in front of the terminal."""


class ServicesError(RuntimeError):
    """The own PostgreSQL or Redis cannot be used; the text is one sentence that says why and what to do."""
