"""An operator's act on a number, a job or a destination, as the log and the audit trail hold it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperatorAct:
    """Who did what to what: `number` is the number's log name, `job` a dead letter's id, `subject` a destination."""

    act: str  # like `block_number`
    operator: str
    number: str = ""
    job: str = ""
    subject: str = ""
    at: int = 0  # milliseconds since 1970, once it is stored

    @property
    def fields(self) -> dict[str, str]:
        """Return the fields that a log line and an entry of the trail have."""
        fields = {"act": self.act, "operator": self.operator, "number": self.number, "job": self.job}
        fields["subject"] = self.subject
        return {name: value for name, value in fields.items() if value}
