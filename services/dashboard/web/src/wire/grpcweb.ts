// gRPC-Web as far as it is used: one message there, one back (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md).
// A frame is a byte of flags, four of length, and the message; the last frame holds the trailers as text.

const HEAD = 5;
const TRAILERS = 0x80;

/** How a call ended that did not end well. */
export class CallError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** Calls `path` with a message's bytes and gives those of the reply. */
export async function call(path: string, message: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
  const reply = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" },
    body: framed(message),
    signal: signal ?? null,
  });
  if (!reply.ok) throw new CallError(2, (await reply.text()) || `HTTP ${reply.status}`);
  const frames = unframed(new Uint8Array(await reply.arrayBuffer()));
  const status = frames.trailers.get("grpc-status") ?? reply.headers.get("grpc-status") ?? "2";
  if (status !== "0") {
    const said = frames.trailers.get("grpc-message") ?? reply.headers.get("grpc-message") ?? "";
    throw new CallError(Number(status), decoded(said) || `gRPC status ${status}`);
  }
  if (!frames.message) throw new CallError(2, "the reply has no message");
  return frames.message;
}

export function framed(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEAD + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, HEAD);
  return frame;
}

/** The frames of a reply: its message, and the trailers with names in lower case. */
export function unframed(bytes: Uint8Array): { message?: Uint8Array; trailers: Map<string, string> } {
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: { message?: Uint8Array; trailers: Map<string, string> } = { trailers: new Map() };
  for (let at = 0; at + HEAD <= bytes.length; ) {
    const end = at + HEAD + head.getUint32(at + 1);
    if (end > bytes.length) throw new CallError(2, "the reply ended early");
    const frame = bytes.subarray(at + HEAD, end);
    if (bytes[at] & TRAILERS) found.trailers = trailers(new TextDecoder().decode(frame));
    else found.message = frame;
    at = end;
  }
  return found;
}

function trailers(text: string): Map<string, string> {
  const lines = text.split("\r\n").filter((line) => line.includes(":"));
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** A message is percent-encoded; one that is not whole is shown as it came. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
