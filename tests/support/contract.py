"""What the contracts of gateways and of reports have in common: attributes that a vendor's test class must state."""

import inspect
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def _file_of(kind: type) -> Path:
    return Path(inspect.getfile(kind)).relative_to(ROOT)


class Contract:
    """A contract annotates an attribute without a value where a default would leave out tests unnoticed."""

    def test_every_attribute_is_stated(self):
        """None is a statement too, with its reason in a comment."""
        places = {name: kind for kind in type(self).__mro__ for name in inspect.get_annotations(kind)}
        missing = {name: kind for name, kind in places.items() if not hasattr(self, name)}

        assert not missing, "; ".join(
            f"set `{name}` in {type(self).__name__} of {_file_of(type(self))}:"
            f" {kind.__name__} in {_file_of(kind)} says what it means"
            for name, kind in missing.items()
        )

    def left_out(self, name: str) -> NotImplementedError:
        """Return the error of a method that the vendor's test class must define."""
        return NotImplementedError(
            f"define `{name}` in {type(self).__name__}; if a base class defines it, write that one before the contracts"
        )
