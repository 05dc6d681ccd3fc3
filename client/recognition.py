"""What the bank answers about programmes, rules, policies and exchanges."""

from collections.abc import Mapping
from urllib.parse import quote as quoted

import orjson

from client.errors import BankAnswerError
from client.exchange import Connection
from client.recognition_answers import ExchangeView


class Recognition:
    """The part of a bank that is about rules and what is done under them."""

    _connection: Connection

    def quote(self, exchange_id: str) -> Mapping[str, object]:
        """Return the body that accepting a case today must have, to be signed as is.

        Raises:
            BankRefusedError: no such case, or it cannot be accepted; the code says why.
        """
        path = f"/v1/exchanges/{quoted(exchange_id, safe='')}/quote"
        body = orjson.loads(self._connection.get(path).content)
        if not isinstance(body, dict):
            raise BankAnswerError(found="no quote")
        return body

    def exchange(self, exchange_id: str) -> ExchangeView:
        """Return one case: whose desk it is on, and what came of it."""
        path = f"/v1/exchanges/{quoted(exchange_id, safe='')}"
        return self._connection.read(ExchangeView, path)
