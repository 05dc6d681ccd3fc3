"""What a lookout tells, for whoever can wait for it."""

import asyncio

from projections.balances.glance import Row
from projections.balances.lookout import Lookout

PATIENCE_SECONDS = 30


async def ask(watch: Lookout, learner_id: str) -> Row | None:
    """Return what the database says of a learner, None where it does not at once."""
    told: asyncio.Future[Row | None] = asyncio.get_running_loop().create_future()

    def take(row: Row | None) -> None:
        if not told.cancelled():
            told.set_result(row)

    watch.look(learner_id, take)
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await told
