"""The bank's catalogue, fetched owner by owner as rows name them."""

from client.answers import Achievement
from client.bank import Bank


class CatalogueReader:
    """Looks achievements up, asking the bank once per owner."""

    def __init__(self, bank: Bank) -> None:
        """Ask this bank when the first row names an owner."""
        self._bank = bank
        self._known: dict[str, dict[str, Achievement]] = {}

    def find(self, achievement: str) -> Achievement | None:
        """Return the version that a full reference names, None if there is none."""
        owner = achievement.partition("/")[0]
        if owner not in self._known:
            items = self._bank.achievements(member=owner)
            self._known[owner] = {item.achievement: item for item in items}
        return self._known[owner].get(achievement)
