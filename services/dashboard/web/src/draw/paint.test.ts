import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { LaneSchema } from "../gen/meanwhile/v1/timeline_pb";
import { columns } from "../lanes/model";
import { arrange } from "../lanes/rows";
import { geometry } from "./geometry";
import { KINDS, kindNumber } from "./kinds";
import { paint } from "./paint";
import { tiles, word } from "./tiles";

const ZERO = 1_704_067_200_000;
const STYLE = { tiles: tiles(false, 1), failed: word("#b3261e") };

/** The middle row of pixels of one lane, a kind's name a pixel; "" where nothing is. */
function painted(segments: [string, number][], width: number, view: { from: number; to: number }, failed = false) {
  const ns = (ms: number) => BigInt(Math.round(ms * 1e6));
  const lane = create(LaneSchema, {
    durationNs: ns(segments.reduce((sum, [, ms]) => sum + ms, 0)),
    segments: segments.map(([kind, ms]) => ({ kind, durationNs: ns(ms) })),
    failed,
  });
  const lanes = columns([lane], ZERO);
  const { rows } = arrange(lanes, { each: false, grouped: false });
  const raster = { width, height: 40, ratio: 1, pixels: new Uint32Array(width * 40) };
  const placed = geometry(rows, 40);
  paint(raster, { lanes, rows, geometry: placed, view: { from: ZERO + view.from, to: ZERO + view.to }, scroll: 0 }, STYLE);
  const y = placed.bar.top + 1;
  return [...raster.pixels.subarray(y * width, (y + 1) * width)].map(named);
}

function named(pixel: number): string {
  const colours = KINDS.map(({ light }) => light.map(word));
  return pixel === 0 ? "" : (KINDS[colours.findIndex((own) => own.includes(pixel))]?.name ?? "?");
}

test("a segment is as long as its time, to the pixel", () => {
  const row = painted([["pool", 3], ["database", 5]], 20, { from: -2, to: 18 });
  expect(row.filter((kind) => kind === "pool")).toHaveLength(3);
  expect(row.filter((kind) => kind === "database")).toHaveLength(5);
  expect(row.indexOf("pool")).toBe(2);
});

test("of segments that share a pixel the longest has it", () => {
  const row = painted([["work", 0.1], ["lock", 0.5], ["queue", 0.3]], 10, { from: 0, to: 10 });
  expect(row[0]).toBe("lock");
  expect(row.slice(1).every((kind) => kind === "")).toBe(true);
});

test("what reaches beyond the view is cut at its edges", () => {
  expect(painted([["database", 100]], 10, { from: 20, to: 30 })).toEqual(new Array(10).fill("database"));
});

test("a kind that is not known is not explained", () => {
  expect(KINDS[kindNumber("telepathy")].name).toBe("unknown");
});
