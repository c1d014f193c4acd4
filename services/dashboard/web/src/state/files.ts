// Files that the reader keeps, and opens again.

import { between, type View } from "../time/axis";

interface Spans {
  resourceSpans?: { scopeSpans?: { spans?: { startTimeUnixNano?: string | number; endTimeUnixNano?: string | number }[] }[] }[];
}

/** So many resources go in one request: it may be 64 MiB, unpacked. */
const AT_ONCE = 500;

/** Gives a file of spans (OTLP's JSON, as it was exported) to the dashboard, and says from when to when they are. */
export async function opened(file: Blob): Promise<View> {
  const { resourceSpans = [] }: Spans = JSON.parse(await file.text());
  const spans = resourceSpans.flatMap((resource) => resource.scopeSpans ?? []).flatMap((scope) => scope.spans ?? []);
  if (spans.length === 0) throw new Error("The file has no spans: it is to be one that was exported as OTLP spans.");
  for (let at = 0; at < resourceSpans.length; at += AT_ONCE) {
    const body = new Blob([JSON.stringify({ resourceSpans: resourceSpans.slice(at, at + AT_ONCE) })]);
    const packed = await new Response(body.stream().pipeThrough(new CompressionStream("gzip"))).blob();
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const reply = await fetch("/v1/traces", { method: "POST", headers, body: packed });
    if (!reply.ok) throw new Error(await reply.text());
  }
  const moment = (nanos: string | number | undefined) => Number(BigInt(nanos ?? 0) / 1000n) / 1000;
  const from = spans.reduce((first, span) => Math.min(first, moment(span.startTimeUnixNano)), Infinity);
  return between(from, spans.reduce((last, span) => Math.max(last, moment(span.endTimeUnixNano)), from));
}

/** Has the browser save bytes under a name. */
export function keep(bytes: Uint8Array, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // It is read by then, or soon is.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
