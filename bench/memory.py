"""How much memory this process had resident at most."""

from pathlib import Path


def peak_mb(pid: int | str = "self") -> float:
    """Return the peak of a process since it runs its program, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
