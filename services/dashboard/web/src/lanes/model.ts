// Lanes in columns: what is drawn thousands of times a second lies side by side in typed arrays, in order of start. What is read
// of one request alone is its message, as the service tells it.

import type { Lane } from "../gen/meanwhile/v1/timeline_pb";
import { kindNumber } from "../draw/kinds";

export interface Lanes {
  readonly count: number;
  /** What the times of its messages are counted from, in milliseconds since 1970. */
  readonly zero: number;
  /** When each begins and ends, in milliseconds since 1970. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** The last end of all; 0 where there is no lane. */
  readonly last: number;
  readonly method: readonly string[];
  /** 1 where it failed, and where it still runs. */
  readonly failed: Uint8Array;
  readonly running: Uint8Array;
  /** The place of each one's first segment, and behind the last lane the number of all. */
  readonly first: Uint32Array;
  /** When each segment ends, and what it was spent on. */
  readonly until: Float64Array;
  readonly kind: Uint8Array;
  /** {@link key}, and the place by it. */
  readonly keys: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  /** The request at a place, whole. */
  readonly whole: (place: number) => Lane;
}

/** What one request is called for as long as the page is open. */
export function key(lane: { traceId: string; spanId: string }): string {
  return lane.traceId + lane.spanId;
}

/** What columns have of one lane. Times are nanoseconds. */
export interface Row {
  readonly key: string;
  readonly method: string;
  readonly start: number;
  readonly duration: number;
  readonly failed: boolean;
  readonly running: boolean;
}

/** Makes columns, a lane after the other: first its segments, then itself. */
export class Columns {
  readonly #zero: number;
  readonly #rows: Row[] = [];
  readonly #first: number[] = [0];
  readonly #until: number[] = [];
  readonly #kind: number[] = [];

  /** `zero` is what the lanes' times are counted from, in milliseconds since 1970. */
  constructor(zero: number) {
    this.#zero = zero;
  }

  segment(kind: number, duration: number): void {
    this.#kind.push(kind);
    this.#until.push(duration);
  }

  lane(row: Row): void {
    let until = row.start;
    for (let segment = this.#first[this.#rows.length]; segment < this.#until.length; segment++) {
      until += this.#until[segment];
      this.#until[segment] = this.#zero + until / 1e6;
    }
    this.#rows.push(row);
    this.#first.push(this.#until.length);
  }

  made(whole: (place: number) => Lane): Lanes {
    const rows = this.#rows;
    const [start, end] = [new Float64Array(rows.length), new Float64Array(rows.length)];
    rows.forEach((row, place) => {
      start[place] = this.#zero + row.start / 1e6;
      end[place] = this.#zero + (row.start + row.duration) / 1e6;
    });
    return {
      count: rows.length,
      zero: this.#zero,
      start,
      end,
      last: end.reduce((last, end) => Math.max(last, end), 0),
      method: rows.map(({ method }) => method),
      failed: Uint8Array.from(rows, ({ failed }) => Number(failed)),
      running: Uint8Array.from(rows, ({ running }) => Number(running)),
      first: Uint32Array.from(this.#first),
      until: Float64Array.from(this.#until),
      kind: Uint8Array.from(this.#kind),
      keys: rows.map(({ key }) => key),
      places: new Map(rows.map(({ key }, place) => [key, place])),
      whole,
    };
  }
}

/** `zero` is what the lanes' times are counted from, in milliseconds since 1970. */
export function columns(lanes: readonly Lane[], zero: number): Lanes {
  const made = new Columns(zero);
  for (const lane of lanes) {
    for (const { kind, durationNs } of lane.segments) made.segment(kindNumber(kind), Number(durationNs));
    const { method, failed, running } = lane;
    made.lane({ key: key(lane), method, start: Number(lane.startNs), duration: Number(lane.durationNs), failed, running });
  }
  return made.made((place) => lanes[place]);
}

export const NONE: Lanes = columns([], 0);

/** From when to when the segment at that place lasts. */
export function segmentTime(lanes: Lanes, lane: number, segment: number): { from: number; to: number } {
  const from = segment === lanes.first[lane] ? lanes.start[lane] : lanes.until[segment - 1];
  return { from, to: lanes.until[segment] };
}

/** From the first start to the last end; none where there is no lane. */
export function extent(lanes: Lanes): { from: number; to: number } | undefined {
  return lanes.count === 0 ? undefined : { from: lanes.start[0], to: lanes.last };
}

/** The places of the lanes that are in flight in a stretch of time. */
export function seen(lanes: Lanes, view: { from: number; to: number }): number[] {
  const places: number[] = [];
  for (let place = 0; place < lanes.count; place++) if (lanes.end[place] >= view.from && lanes.start[place] <= view.to) places.push(place);
  return places;
}
