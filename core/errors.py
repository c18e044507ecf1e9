"""The one base of errors that the person who runs siamhub can mend: printed as they are, without a traceback."""


class UserError(Exception):
    """A mistake in what the user gave. The message says what, where, why and what to do; exit status 2."""
