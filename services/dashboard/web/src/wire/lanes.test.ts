import { create, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { GetWindowResponseSchema, LaneSchema, SavedWindowSchema } from "../gen/meanwhile/v1/timeline_pb";
import { columns } from "../lanes/model";
import { readSaved, readWindow } from "./lanes";
import { timestamp } from "./time";

const ZERO = 1_704_067_200_000;

function lane(number: number, more: object) {
  return create(LaneSchema, {
    traceId: String(number).padStart(32, "0"),
    spanId: String(number).padStart(16, "0"),
    service: "shop",
    method: "GET /städte",
    startNs: BigInt(number) * 1_000_000n,
    durationNs: 3_000_000_001n,
    segments: [
      { kind: "pool", durationNs: 1n, name: "pool", blame: { method: "GET /städte", traceId: "0".repeat(31) + "9" } },
      { kind: "database", durationNs: 3_000_000_000n, name: "städte.sql" },
    ],
    ...more,
  });
}

const LANES = [lane(-5, { running: true }), lane(1, { failed: true, movedNs: -7n }), lane(2, { segments: [], method: "" })];

test("lanes that are read from the wire are those of the messages", () => {
  const reply = create(GetWindowResponseSchema, { startTime: timestamp(ZERO), lanes: LANES, totalSize: 5, figures: { requests: 5 }, incomplete: true });
  const { whole, ...read } = readWindow(toBinary(GetWindowResponseSchema, reply)).lanes;
  const { whole: _, ...made } = columns(LANES, ZERO);
  expect(read).toEqual(made);
  expect([0, 1, 2].map(whole)).toEqual(LANES);
  expect(whole(1)).toBe(whole(1));
});

test("the rest of the reply is there without them", () => {
  const reply = create(GetWindowResponseSchema, { startTime: timestamp(ZERO), lanes: LANES, totalSize: 5, figures: { requests: 5 }, incomplete: true });
  expect(readWindow(toBinary(GetWindowResponseSchema, reply)).reply).toEqual({ ...reply, lanes: [] });
});

test("a saved window is read as one from the wire, beside what was saved with it", () => {
  const window = create(GetWindowResponseSchema, { startTime: timestamp(ZERO), lanes: LANES, totalSize: 3 });
  const saved = create(SavedWindowSchema, { window, intake: { kept: 7n }, view: "?tab=table" });
  const read = readSaved(toBinary(SavedWindowSchema, saved));
  expect([read.intake?.kept, read.view, read.window.reply]).toEqual([7n, "?tab=table", { ...window, lanes: [] }]);
  expect([0, 1, 2].map(read.window.lanes.whole)).toEqual(LANES);
  expect(readSaved(new Uint8Array()).window.lanes.count).toBe(0);
});

test("fields may come in any order, and others that are not known", () => {
  const { traceId, spanId, startNs, durationNs, segments, running } = LANES[0];
  const last = toBinary(LaneSchema, create(LaneSchema, { segments, running }));
  const first = toBinary(LaneSchema, create(LaneSchema, { traceId, spanId, startNs, durationNs }));
  const unknown = [0xf8, 0x07, 1];
  const bytes = [...last, ...unknown, ...first];
  const head = [(GetWindowResponseSchema.field.lanes.number << 3) | 2, (bytes.length & 127) | 128, bytes.length >> 7];
  const { lanes } = readWindow(Uint8Array.from([...head, ...bytes]));
  const made = columns(LANES.slice(0, 1), 0);
  expect([lanes.keys, lanes.until, lanes.start, lanes.running]).toEqual([made.keys, made.until, made.start, made.running]);
});
