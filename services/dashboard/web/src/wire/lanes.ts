// Reads a window's lanes from the bytes of the reply straight into columns. A message a segment would be a hundred thousand
// objects that nobody looks at: a request's own message is read when it is asked for.

import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { kindNumber } from "../draw/kinds";
import {
  GetWindowResponseSchema,
  LaneSchema,
  SavedWindowSchema,
  SegmentSchema,
  type GetWindowResponse,
  type Lane,
  type SavedWindow,
} from "../gen/meanwhile/v1/timeline_pb";
import { Columns, type Lanes } from "../lanes/model";
import { millis } from "./time";

const LANES = GetWindowResponseSchema.field.lanes.number;
const SAVED = SavedWindowSchema.field.window.number;
const LANE = numbers(LaneSchema.field);
const SEGMENT = numbers(SegmentSchema.field);

/** A window: its lanes in columns, and the reply without them. */
export interface Window {
  readonly reply: GetWindowResponse;
  readonly lanes: Lanes;
}

export function readWindow(bytes: Uint8Array): Window {
  const { spots, rest } = split(bytes, LANES);
  const reply = fromBinary(GetWindowResponseSchema, rest);
  return { reply, lanes: new Packed(bytes).read(spots, millis(reply.startTime)) };
}

/** A window that was saved, and what was saved with it. */
export function readSaved(bytes: Uint8Array): Omit<SavedWindow, "window"> & { window: Window } {
  const { spots, rest } = split(bytes, SAVED);
  const window = readWindow(spots.length > 0 ? bytes.slice(spots[0].begin, spots[0].end) : new Uint8Array());
  return { ...fromBinary(SavedWindowSchema, rest), window };
}

/** Where a message begins and ends. */
interface Spot {
  readonly begin: number;
  readonly end: number;
}

/** Where the messages of a field are, and the bytes of all else. */
function split(bytes: Uint8Array, wanted: number): { spots: Spot[]; rest: Uint8Array } {
  const reader = new BinaryReader(bytes);
  const [spots, others]: [Spot[], Uint8Array[]] = [[], []];
  while (reader.pos < reader.len) {
    const before = reader.pos;
    const [field, type] = reader.tag();
    if (field === wanted) spots.push(spot(reader));
    else {
      reader.skip(type, field);
      others.push(bytes.subarray(before, reader.pos));
    }
  }
  return { spots, rest: joined(others) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Reads the lanes of one reply. */
class Packed {
  readonly #bytes: Uint8Array;
  readonly #reader: BinaryReader;
  /** A character a byte: what is ASCII can be cut out of it. */
  readonly #text: string;
  readonly #names = new Map<string, string>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#reader = new BinaryReader(bytes);
    this.#text = new TextDecoder("latin1").decode(bytes);
  }

  read(spots: readonly Spot[], zero: number): Lanes {
    const made = new Columns(zero);
    for (const spot of spots) this.#lane(spot, made);
    const known: Lane[] = [];
    return made.made((place) => (known[place] ??= fromBinary(LaneSchema, this.#bytes.subarray(spots[place].begin, spots[place].end))));
  }

  #lane({ begin, end }: Spot, made: Columns): void {
    const reader = this.#reader;
    let [trace, span, method, start, duration, failed, running] = ["", "", "", 0, 0, false, false];
    for (reader.pos = begin; reader.pos < end; ) {
      const [field, type] = reader.tag();
      if (field === LANE.segments) this.#segment(spot(reader), made);
      else if (field === LANE.traceId) trace = this.#cut();
      else if (field === LANE.spanId) span = this.#cut();
      else if (field === LANE.method) method = this.#name();
      else if (field === LANE.startNs) start = Number(reader.sint64());
      else if (field === LANE.durationNs) duration = Number(reader.int64());
      else if (field === LANE.failed) failed = reader.bool();
      else if (field === LANE.running) running = reader.bool();
      else reader.skip(type, field);
    }
    made.lane({ key: trace + span, method, start, duration, failed, running });
  }

  #segment({ begin, end }: Spot, made: Columns): void {
    const reader = this.#reader;
    let [kind, duration] = ["", 0];
    for (reader.pos = begin; reader.pos < end; ) {
      const [field, type] = reader.tag();
      if (field === SEGMENT.kind) kind = this.#cut();
      else if (field === SEGMENT.durationNs) duration = Number(reader.int64());
      else reader.skip(type, field);
    }
    made.segment(kindNumber(kind), duration);
  }

  /** A text that is ASCII. */
  #cut(): string {
    const { begin, end } = spot(this.#reader);
    return this.#text.slice(begin, end);
  }

  /** A text of which there are few. */
  #name(): string {
    const { begin, end } = spot(this.#reader);
    const packed = this.#text.slice(begin, end);
    let name = this.#names.get(packed);
    if (name === undefined) this.#names.set(packed, (name = new TextDecoder().decode(this.#bytes.subarray(begin, end))));
    return name;
  }
}

/** Passes by what has a length before it. */
function spot(reader: BinaryReader): Spot {
  const length = reader.uint32();
  const begin = reader.pos;
  reader.pos += length;
  return { begin, end: reader.pos };
}

function numbers<Name extends string>(fields: Record<Name, { readonly number: number }>): Record<Name, number> {
  const all = Object.entries<{ readonly number: number }>(fields).map(([name, { number }]) => [name, number]);
  return Object.fromEntries(all);
}
