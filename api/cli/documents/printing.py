"""Documents as people read them: every field with the label that the bank gives it."""

from collections.abc import Iterator, Mapping

from client.document_answers import MemberName

_INDENT = "  "


class Printing:
    """Prints one document in its language."""

    def __init__(
        self,
        labels: Mapping[str, str],
        words: Mapping[str, str],
        *,
        language: str,
    ) -> None:
        """Take what fields are called and what codes mean in a language."""
        self._labels = labels
        self._words = words
        self._chinese = language.startswith("zh")

    def label(self, field: str) -> str:
        """Return what a field is called."""
        return self._labels.get(field, field)

    def word(self, code: str | None) -> str:
        """Return what a code means; an unknown one as it is."""
        return self._words.get(code or "", code or "")

    def line(self, field: str, value: str) -> str:
        """Return a field with its label."""
        return f"{self.label(field)}{self.say('：', ': ')}{value}"

    def say(self, chinese: str, english: str) -> str:
        """Return one of two texts."""
        return chinese if self._chinese else english

    def member(self, member: MemberName | None) -> str:
        """Return a member's name."""
        if member is None:
            return ""
        english = None if self._chinese else member.name_en
        return english or member.name or member.member_id

    def title(self, chinese: str | None, english: str | None) -> str:
        """Return a title in the document's language, if there is one in it."""
        return (None if self._chinese else english) or chinese or ""

    def lines(self, content: Mapping[str, object], *, depth: int = 0) -> Iterator[str]:
        """Yield the lines of any part of a document; what is empty is left out."""
        for field, value in content.items():
            if value in (None, "", [], {}) or field.endswith("_en"):
                continue
            indent = _INDENT * depth
            if isinstance(value, list):
                yield f"{indent}{self.label(field)}{self.say('：', ':')}"
                yield from self._items(value, depth=depth + 1)
            elif isinstance(value, dict):
                yield from self._object(field, value, depth=depth)
            else:
                yield f"{indent}{self.line(field, self._plain(field, value))}"

    def _items(self, items: list[object], *, depth: int) -> Iterator[str]:
        for number, item in enumerate(items, start=1):
            indent = _INDENT * depth
            if isinstance(item, dict):
                yield f"{indent}{number}."
                yield from self.lines(item, depth=depth + 1)
            else:
                yield f"{indent}{number}. {item}"

    def _object(
        self, field: str, value: Mapping[str, object], *, depth: int
    ) -> Iterator[str]:
        indent = _INDENT * depth
        if "member_id" in value:
            member = MemberName.model_validate(value)
            yield f"{indent}{self.line(field, self.member(member))}"
        else:
            yield f"{indent}{self.label(field)}{self.say('：', ':')}"
            yield from self.lines(value, depth=depth + 1)

    def _plain(self, field: str, value: object) -> str:
        if isinstance(value, bool):
            return self.say("是", "yes") if value else self.say("否", "no")
        if field in {"step", "component"} and isinstance(value, int):
            # People count from one.
            return str(value + 1)
        return self.word(str(value)) if field in _CODED else str(value)


_CODED = frozenset(
    {"act", "basis", "effect", "grade_policy", "kind", "mode", "module", "nature"}
    | {"outcome", "reason_code", "status", "unit"}
)
"""Fields whose value is a code; free text is never taken for one."""
