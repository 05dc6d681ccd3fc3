"""The closed list of what an audit can find, each code in one class.

Codes of unreadable entries come from the readers themselves: whatever they call it, an
entry that cannot be read is wrong in its bytes, unless its signature or batch is.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class FindingClass(StrEnum):
    """What kind of promise a finding shows to be broken."""

    BYTES = "bytes"
    SIGNATURE = "signature"
    RULE = "rule"
    BATCH = "batch"
    CLOCK = "clock"
    BOOKS = "books"
    FILING = "filing"
    TREE = "tree"
    TILE = "tile"
    CHECKPOINT = "checkpoint"
    REMEMBERED = "remembered"
    WITNESS = "witness"
    PERSONAL = "personal"
    DISCLOSURE = "disclosure"


CLASSES: Final[Mapping[str, FindingClass]] = MappingProxyType(
    {
        "position-wrong": FindingClass.BYTES,
        "unknown-key": FindingClass.SIGNATURE,
        "signature-invalid": FindingClass.SIGNATURE,
        "possession-not-proven": FindingClass.SIGNATURE,
        "algorithm-mismatch": FindingClass.SIGNATURE,
        "not-allowed": FindingClass.RULE,
        "not-decidable": FindingClass.RULE,
        "no-subject": FindingClass.RULE,
        "line-without-header": FindingClass.BATCH,
        "line-out-of-order": FindingClass.BATCH,
        "line-of-another-issuer": FindingClass.BATCH,
        "batch-count-mismatch": FindingClass.BATCH,
        "batch-root-mismatch": FindingClass.BATCH,
        "recorded-at-goes-back": FindingClass.CLOCK,
        "recorded-at-impossible": FindingClass.CLOCK,
        "lot-unsound": FindingClass.BOOKS,
        "books-disagree": FindingClass.BOOKS,
        "position-missing": FindingClass.FILING,
        "filed-wrong": FindingClass.FILING,
        "root-mismatch": FindingClass.TREE,
        "entries-missing": FindingClass.TREE,
        "entries-not-covered": FindingClass.TREE,
        "tile-missing": FindingClass.TILE,
        "tile-length": FindingClass.TILE,
        "tile-differs": FindingClass.TILE,
        "partial-differs": FindingClass.TILE,
        "bundle-missing": FindingClass.TILE,
        "bundle-short": FindingClass.TILE,
        "bundle-cut": FindingClass.TILE,
        "bundle-overlong": FindingClass.TILE,
        "checkpoint-filed-wrong": FindingClass.CHECKPOINT,
        "checkpoint-unreadable": FindingClass.CHECKPOINT,
        "checkpoint-row-differs": FindingClass.CHECKPOINT,
        "checkpoint-group-differs": FindingClass.CHECKPOINT,
        "checkpoint-frontier-differs": FindingClass.CHECKPOINT,
        "checkpoint-signature": FindingClass.CHECKPOINT,
        "remembered-signature": FindingClass.REMEMBERED,
        "remembered-larger": FindingClass.REMEMBERED,
        "remembered-differs": FindingClass.REMEMBERED,
        "cosigned-missing": FindingClass.WITNESS,
        "cosigned-unsigned": FindingClass.WITNESS,
        "cosigned-differs": FindingClass.WITNESS,
        "cosignature-invalid": FindingClass.WITNESS,
        "cosigned-late": FindingClass.WITNESS,
        "cosigned-early": FindingClass.WITNESS,
        "quorum-missing": FindingClass.WITNESS,
        "personal-data": FindingClass.PERSONAL,
        "disclosure-differs": FindingClass.DISCLOSURE,
        "disclosure-unreadable": FindingClass.DISCLOSURE,
        "disclosure-without-entry": FindingClass.DISCLOSURE,
    }
)


def class_of(code: str) -> FindingClass:
    """Return the class of a finding's code."""
    return CLASSES.get(code, FindingClass.BYTES)
