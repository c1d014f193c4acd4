import { expect, test } from "vitest";
import { read, written } from "./url";

test("what is looked at comes back from its address", () => {
  const looked = {
    view: { from: 1_704_067_200_000.5, to: 1_704_067_201_000 },
    filter: { service: "shop", method: "GET /a&b", failed: true, min: 2.5, kinds: ["pool", "lock"] },
    how: { each: true, grouped: true },
    serial: true,
    tab: "table" as const,
    picked: { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" },
  };
  expect(read(written(looked))).toEqual(looked);
});

test("what is as always is not said", () => {
  expect(written(read(""))).toBe("");
});

test("an address that says nonsense is as if it did not", () => {
  expect(written(read("?from=x&to=-1&min=many&tab=none&request=1-2"))).toBe("");
});

test("a request is named by its trace and its span, or by its trace alone", () => {
  const [traceId, spanId] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  expect(read(`?request=${traceId}-${spanId}`)).toMatchObject({ picked: { traceId, spanId } });
  const looked = read(`?request=${traceId}`);
  expect([looked.traceId, looked.picked]).toEqual([traceId, undefined]);
});
