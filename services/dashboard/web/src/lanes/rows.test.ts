import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { LaneSchema } from "../gen/meanwhile/v1/timeline_pb";
import { columns } from "./model";
import { mostAtOnce } from "./most";
import { arrange } from "./rows";
import { oneAtATime } from "./serial";

/** Each line a request, a character a millisecond: `p` waits for a connection, `d` for the database. */
function drawn(picture: string) {
  const lines = picture.split("\n").filter((line) => line.trim());
  const margin = Math.min(...lines.map((line) => line.search(/\S/)));
  const lanes = lines.map((line, number) => {
    const bar = line.slice(margin).trimEnd();
    const start = bar.search(/\S/);
    const runs = bar.slice(start).match(/p+|d+/g) ?? [];
    return create(LaneSchema, {
      traceId: String(number).padStart(32, "0"),
      spanId: String(number).padStart(16, "0"),
      method: runs.length > 1 ? "two" : "one",
      startNs: BigInt(start) * 1_000_000n,
      durationNs: BigInt(bar.length - start) * 1_000_000n,
      segments: runs.map((run) => ({ kind: run[0] === "p" ? "pool" : "database", durationNs: BigInt(run.length) * 1_000_000n })),
    });
  });
  return columns(lanes, 1_704_067_200_000);
}

const POOL_OF_ONE = drawn(`
  dddd
  ppppdddd
      ppppdddd
              dd
`);
const SHARED = { each: false, grouped: false };

test("requests that do not overlap share a row, so that rows are the most in flight", () => {
  const { rows } = arrange(POOL_OF_ONE, SHARED);
  expect([...rows.of]).toEqual([0, 1, 0, 0]);
  expect(rows.count).toBe(2);
  expect(mostAtOnce(POOL_OF_ONE, { from: 0, to: Infinity })).toBe(2);
});

test("a request keeps its row when the ones before it are gone", () => {
  const { kept } = arrange(POOL_OF_ONE, SHARED);
  const later = columns([1, 2, 3].map(POOL_OF_ONE.whole), 1_704_067_200_000);
  expect([...arrange(later, SHARED, kept).rows.of]).toEqual([1, 0, 0]);
});

test("each its own row, where that is asked for", () => {
  expect([...arrange(POOL_OF_ONE, { ...SHARED, each: true }).rows.of]).toEqual([0, 1, 2, 3]);
});

test("methods have groups, the one that took longest first", () => {
  const { groups } = arrange(POOL_OF_ONE, { ...SHARED, grouped: true }).rows;
  expect(groups.map(({ name, lanes }) => [name, lanes])).toEqual([["two", 2], ["one", 2]]);
});

test("one at a time nobody waits for another, and the ends do not overlap", () => {
  const alone = oneAtATime(POOL_OF_ONE);
  const lengths = [0, 1, 2, 3].map((lane) => Math.round(alone.end[lane] - alone.start[lane]));
  expect(lengths).toEqual([4, 4, 4, 2]);
  expect(mostAtOnce(alone, { from: 0, to: Infinity })).toBe(1);
});
