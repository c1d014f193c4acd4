import asyncio
from opentelemetry import trace

class Held:
    def __init__(self, name):
        self.name, self.lock, self.holder = name, asyncio.Lock(), None

    async def __aenter__(self):
        if self.lock.locked():
            wait = trace.get_tracer(__name__).start_span(self.name, attributes={"meanwhile.wait.kind": "lock"})
            await self.lock.acquire()
            wait.add_link(self.holder)
            wait.set_attribute("meanwhile.blocker.trace_id", trace.format_trace_id(self.holder.trace_id))
            wait.set_attribute("meanwhile.blocker.span_id", trace.format_span_id(self.holder.span_id))
            wait.end()
        else:
            await self.lock.acquire()
        self.holder = trace.get_current_span().get_span_context()

    async def __aexit__(self, *_):
        self.lock.release()
