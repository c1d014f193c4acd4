"""The lecture's three requests in Quart: while one waits, the others run. One process, one thread, asyncio."""

import os

import httpx
import psycopg
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from quart import Quart

DATABASE, ALMANAC = os.environ["DATABASE_URL"], os.environ["ALMANAC_URL"]

app = Quart(__name__)
# The one line of OpenTelemetry's that is not found by itself: Quart is an ASGI app.
app.asgi_app = OpenTelemetryMiddleware(app.asgi_app)


async def ask_database():
    async with await psycopg.AsyncConnection.connect(DATABASE) as connection:
        await connection.execute("SELECT pg_sleep(0.3)")


async def ask_almanac():
    async with httpx.AsyncClient() as client:
        await client.get(f"{ALMANAC}/daylight")


@app.get("/city")
async def city():
    await ask_database()
    return {}


@app.get("/overview")
async def overview():
    await ask_database()
    await ask_almanac()
    return {}


@app.get("/daylight")
async def daylight():
    await ask_almanac()
    return {}


app.run(port=int(os.environ.get("PORT", "5000")))
