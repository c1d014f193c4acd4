"""Two requests that want one oven: whoever comes second says behind whom it waited."""

import asyncio
import os

from held import Held
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from quart import Quart

oven = Held("oven")
is_hot, is_wanted = asyncio.Event(), asyncio.Event()

app = Quart(__name__)
app.asgi_app = OpenTelemetryMiddleware(app.asgi_app)


@app.get("/roast")
async def roast():
    async with oven:
        is_hot.set()
        await is_wanted.wait()
        await asyncio.sleep(0.1)
    return {}


@app.get("/toast")
async def toast():
    await is_hot.wait()
    is_wanted.set()
    async with oven:
        return {}


app.run(port=int(os.environ.get("PORT", "5000")))
