// Lanes in columns: what is drawn thousands of times a second lies side by side in typed arrays, in order of start.

import type { GetWindowResponse, Lane } from "../gen/meanwhile/v1/timeline_pb";
import { kindNumber } from "../draw/kinds";
import { millis } from "../wire/timeline";

export interface Lanes {
  readonly lanes: Lane[];
  /** When each begins and ends, in milliseconds since 1970. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** The place of each one's first segment, and behind the last lane the number of all. */
  readonly first: Uint32Array;
  /** When each segment ends, and what it was spent on. */
  readonly until: Float64Array;
  readonly kind: Uint8Array;
  /** By {@link key}. */
  readonly places: ReadonlyMap<string, number>;
}

/** What one request is called for as long as the page is open. */
export function key(lane: { traceId: string; spanId: string }): string {
  return lane.traceId + lane.spanId;
}

export function fromReply(reply: GetWindowResponse): Lanes {
  return columns(reply.lanes, millis(reply.startTime));
}

/** `zero` is what the lanes' times are counted from. */
export function columns(lanes: Lane[], zero: number): Lanes {
  const segments = lanes.reduce((sum, lane) => sum + lane.segments.length, 0);
  const made = {
    lanes,
    start: new Float64Array(lanes.length),
    end: new Float64Array(lanes.length),
    first: new Uint32Array(lanes.length + 1),
    until: new Float64Array(segments),
    kind: new Uint8Array(segments),
    places: new Map<string, number>(),
  };
  let at = 0;
  lanes.forEach((lane, place) => {
    const start = Number(lane.startNs);
    made.start[place] = zero + start / 1e6;
    made.end[place] = zero + (start + Number(lane.durationNs)) / 1e6;
    made.first[place] = at;
    made.places.set(key(lane), place);
    let until = start;
    for (const segment of lane.segments) {
      until += Number(segment.durationNs);
      made.until[at] = zero + until / 1e6;
      made.kind[at++] = kindNumber(segment.kind);
    }
  });
  made.first[lanes.length] = at;
  return made;
}

export const NONE: Lanes = columns([], 0);

/** From when to when the segment at that place lasts. */
export function segmentTime(lanes: Lanes, lane: number, segment: number): { from: number; to: number } {
  const from = segment === lanes.first[lane] ? lanes.start[lane] : lanes.until[segment - 1];
  return { from, to: lanes.until[segment] };
}

/** From the first start to the last end; none where there is no lane. */
export function extent(lanes: Lanes): { from: number; to: number } | undefined {
  if (lanes.lanes.length === 0) return undefined;
  return { from: lanes.start[0], to: lanes.end.reduce((last, end) => Math.max(last, end)) };
}
