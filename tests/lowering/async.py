import asyncio
from . import pool as shared


async def fetch(urls, session):
    tasks = [asyncio.create_task(session.get(url)) for url in urls]
    async with shared.acquire() as connection:
        async for row in connection.rows():
            await session.send(row)
    match tasks:
        case []:
            return None
        case [only] if only.done():
            return only.result()
        case _:
            done, pending = await asyncio.wait(tasks)
    del tasks[0], session.cache["x"]
    return done
