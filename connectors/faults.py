"""What an answer that is an error means: whose fault it is, whether trying again may help, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.answers import Verdict
from core.connector import AnswerError, AuthenticationError, ForbiddenError, SourceError, UnavailableError


class MissingError(AnswerError):
    """There is no such thing at that address."""


class UnreadableError(AnswerError):
    """What came is none of the system's answers: a page, half a JSON, nothing."""


class BrokenError(UnreadableError):
    """What came begins as JSON and is none to its end."""


class TooMuchError(UnavailableError):
    """More was asked for than the system can give in one answer."""


class AgainError(Exception):
    """An answer that trying again may mend."""

    def __init__(self, text: str, after: float | None = None, kind: type[SourceError] = UnavailableError) -> None:
        super().__init__(text)
        self.after = after
        self.kind = kind


ERRORS: Final[Mapping[Verdict, type[SourceError]]] = {
    Verdict.ANSWER: AnswerError,
    Verdict.AUTHENTICATION: AuthenticationError,
    Verdict.FORBIDDEN: ForbiddenError,
    Verdict.UNAVAILABLE: UnavailableError,
}


def advice(verdict: Verdict, login: str) -> str:
    """What to do about it. `login`: what the operator gave to log in with, "" for nothing."""
    match verdict:
        case Verdict.AUTHENTICATION:
            return f"; the login was not accepted: {login_wrong(login)}"
        case Verdict.FORBIDDEN:
            return "; the account lacks the right to read this"
        case Verdict.ANSWER:
            return "; the answer holds an error, whatever its status says"
        case _:
            return ""


def login_wrong(login: str) -> str:
    """What of a login may be wrong."""
    if not login:
        return "the system wants a login; say one under auth of the source"
    return f"{login} {'are' if ' or ' in login else 'is'} wrong, expired or locked"


def missing(error: SourceError | None) -> bool:
    """Whether the vendor says that there is no such thing: a module is not installed, a path is unknown."""
    return isinstance(error, MissingError)


def unreadable(error: SourceError) -> bool:
    """Whether a page or half a JSON came in place of an answer: maintenance, a proxy, a login that has ended."""
    return isinstance(error, UnreadableError)


def too_much(error: SourceError) -> bool:
    """Whether the system may answer where it is asked for less at once: it says so, or breaks off what it says."""
    return isinstance(error, TooMuchError | BrokenError)
