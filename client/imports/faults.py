"""What is wrong with a file, said so that a registrar can find and mend it."""

from dataclasses import dataclass
from typing import Final

from client.errors import InputError
from client.imports.texts import TEXTS

SHOWN_MAX: Final = 50
KEPT_MAX: Final = 1000
_VALUE_MAX: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One fault. ``row`` counts as a spreadsheet does, 1 being the columns' names.

    ``column`` is the name that stands in the file, empty for the whole row; row 0
    means the whole file.
    """

    row: int
    column: str
    code: str
    text: str

    def __str__(self) -> str:
        """Say where it is and what to do."""
        row = (f"row {self.row}",) if self.row else ()
        column = (f"column {self.column}",) if self.column else ()
        return f"{', '.join((*row, *column)) or 'file'}: {self.text}"


class CellError(Exception):
    """A cell does not say what its column asks for; where it is the caller knows."""

    def __init__(self, code: str, **facts: str | int) -> None:
        """Keep the code and what fills its text."""
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The first thousand faults of a file, and how many there are in all."""

    kept: tuple[RowFault, ...]
    count: int


class FileFaultsError(InputError):
    """The file is not right as a whole, so nothing was sent."""

    code = "file-faults"
    text = "{counted} in {path}; nothing was sent: mend it and run this again"

    def __init__(self, faults: Faults, *, path: str) -> None:
        """Keep the faults."""
        counted = "1 fault" if faults.count == 1 else f"{faults.count} faults"
        super().__init__(counted=counted, path=path)
        self.faults = faults


class FaultList:
    """Collects faults: all are counted, the first thousand kept."""

    def __init__(self) -> None:
        """Start with none."""
        self._kept: list[RowFault] = []
        self.count = 0

    def add(
        self, code: str, *, row: int = 0, column: str = "", **facts: str | int
    ) -> None:
        """Note a fault by its code, and what fills its text."""
        text = TEXTS[code].format_map(facts) if code in TEXTS else code
        self.add_fault(RowFault(row=row, column=column, code=code, text=text))

    def add_fault(self, fault: RowFault) -> None:
        """Note a fault."""
        self.count += 1
        if self.count <= KEPT_MAX:
            self._kept.append(fault)

    def add_error(self, error: CellError, *, row: int, column: str = "") -> None:
        """Note what a reader of cells raised."""
        self.add(error.code, row=row, column=column, **dict(error.facts))

    def result(self) -> Faults:
        """Return what was collected."""
        return Faults(kept=tuple(self._kept), count=self.count)

    def check(self, path: str) -> None:
        """Stop if there is any fault.

        Raises:
            FileFaultsError: there is.
        """
        if self.count:
            raise FileFaultsError(self.result(), path=path)


def shown(value: str) -> str:
    """Return a cell's value as a message may show it: short, on one line, harmless."""
    cut = value if len(value) <= _VALUE_MAX else f"{value[:_VALUE_MAX]}…"
    return repr(cut)
