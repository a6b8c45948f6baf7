"""The one error that users see: a sentence that says what is wrong and a hint that says what to do next."""

from __future__ import annotations


class ReviewerError(Exception):
    """`message` and `hint` are already safe to show; `status` is the exit status of the command line (DESIGN 7)."""

    def __init__(self, message: str, hint: str = "", status: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status


class UsageError(ReviewerError):
    """Used wrongly or refused: exit status 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint, 2)


class StaleError(ReviewerError):
    """Decided on a revision that is no longer current, or a conflict: exit status 13."""

    def __init__(self, message: str, hint: str = "", current_digest: str | None = None) -> None:
        super().__init__(message, hint, 13)
        self.current_digest = current_digest


class UnreachableError(ReviewerError):
    """Nobody answered, or nothing that helps (`answered`); what was to be sent is kept and tried again.

    `retry_after` says in how many seconds, where that is known.
    """

    def __init__(
        self, message: str, hint: str = "", retry_after: float | None = None, *, answered: bool = False
    ) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after
        self.answered = answered


class LoginError(ReviewerError):
    """The token is missing or no longer good; what was to be sent is kept until it is."""


class ForbiddenError(ReviewerError):
    """Known, and not allowed to: exit status 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint, 2)


class MissingError(ReviewerError):
    """There is no such thing, or it is not shown to us."""
