"""The words of reconciliation as a registrar says them, in Chinese and English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from client.comparing import Kind

DIFFERENCES: Final[Mapping[Kind, tuple[str, str]]] = MappingProxyType(
    {
        Kind.MISSING_IN_BANK: ("银行无此记录", "not in the bank"),
        Kind.MISSING_IN_FILE: ("本单位文件缺此记录", "not in the file"),
        Kind.OTHER_AMOUNT: ("学分不一致", "another amount"),
        Kind.OTHER_CATEGORY: ("类别不一致", "another category"),
        Kind.OTHER_PERIOD: ("属于其他对账期", "belongs to another period"),
        Kind.DUPLICATE: ("文件中重复", "twice in the file"),
    }
)
