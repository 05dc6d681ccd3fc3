"""Why an audit cannot go on where another call of it stood."""


class ProgressFormError(Exception):
    """The file keeps no progress, or is damaged."""


class ProgressReleaseError(Exception):
    """Another release of the program wrote the file."""


class ProgressOfAnotherError(Exception):
    """The file is about another ledger, or was asked for something else."""


class ProgressInUseError(Exception):
    """Another audit has the file open."""


class ProgressPlaceError(Exception):
    """The file cannot be opened or made where it is named."""

    def __init__(self, error: OSError) -> None:
        """Keep what the system says."""
        self.reason = error.strerror or type(error).__name__
        super().__init__(self.reason)


class SourceChangedError(Exception):
    """What an audit has checked already reads differently now."""
