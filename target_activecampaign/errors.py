"""What can go wrong in the target itself; ActiveCampaign's errors are in the shared api."""

from __future__ import annotations


class TargetError(Exception):
    """A foreseeable end of the run. Its message is one sentence for the user."""


class RuleError(TargetError):
    """A rule that cannot work. The message names the rule and the key.

    Attributes:
        key: The key that is wrong; None where it is the rule or the file as a whole.
        fault: What is wrong, without the rule and the key; begins in the middle of a sentence.
    """

    def __init__(self, message: str, *, key: str | None = None, fault: str | None = None) -> None:
        super().__init__(message)
        self.key = key
        self.fault = fault or message


class InputError(TargetError):
    """Standard input does not follow the Singer specification."""


class LedgerError(TargetError):
    """The ledger cannot be opened, read or written."""


class RejectFileError(TargetError):
    """Rejects cannot be written."""


class RejectedOrdersError(TargetError):
    """Some orders could not be applied, and the user wants to hear of it by the exit status."""


class UnusableOrderError(Exception):
    """A record that no rule can be applied to.

    Args:
        reason: What is wrong with the record, without any of its values.
        remedy: What the user can do about it.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
