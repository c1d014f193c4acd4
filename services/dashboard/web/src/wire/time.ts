// Times are milliseconds on the page, since 1970 where they are moments, and Timestamps and Durations on the wire.

import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";

/** Milliseconds since 1970. */
export function millis(time: Timestamp | undefined): number {
  return time ? Number(time.seconds) * 1000 + time.nanos / 1e6 : 0;
}

export function timestamp(ms: number): Timestamp {
  const { seconds, nanos } = parts(ms);
  return { $typeName: "google.protobuf.Timestamp", seconds, nanos };
}

/** In whole microseconds: so it is the same again after the way through a number of milliseconds. */
export function whole(ms: number): Timestamp {
  const time = timestamp(ms);
  return { ...time, nanos: Math.min(999_999_000, Math.round(time.nanos / 1000) * 1000) };
}

export function duration(ms: number): Duration {
  const { seconds, nanos } = parts(ms);
  return { $typeName: "google.protobuf.Duration", seconds, nanos };
}

function parts(ms: number): { seconds: bigint; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.min(999_999_999, Math.round((ms - seconds * 1000) * 1e6)) };
}
