import { expect, test } from "vitest";
import { between, length, LEAST, moment, pan, place, ticks, zoom } from "./axis";

const view = { from: 1_704_067_200_000, to: 1_704_067_201_000 };

test("a moment is where it is drawn", () => {
  expect(moment(view, 800, place(view, 800, view.from + 250))).toBeCloseTo(view.from + 250, 3);
});

test("the moment under the pointer stays where it is", () => {
  const at = view.from + 300;
  const closer = zoom(view, 4, at);
  expect(length(closer)).toBeCloseTo(250, 3);
  expect(place(closer, 800, at)).toBeCloseTo(place(view, 800, at), 3);
});

test("closer than the least is the least", () => {
  expect(length(zoom(view, 1e9, view.from))).toBeCloseTo(LEAST, 3);
  expect(length(between(view.from, view.from))).toBeGreaterThan(0);
});

test("a pan keeps the length", () => {
  expect(pan(view, 0.5)).toEqual({ from: view.from + 500, to: view.to + 500 });
});

test("ticks below a second count from the last whole one, and stay when the view moves", () => {
  const texts = (from: number) => ticks({ from, to: from + 400 }, 800).map((tick) => tick.text);
  expect(texts(view.from + 120)).toEqual(["+150 ms", "+200 ms", "+250 ms", "+300 ms", "+350 ms", "+400 ms", "+450 ms", "+500 ms"]);
  expect(texts(view.from + 140).slice(0, 3)).toEqual(["+150 ms", "+200 ms", "+250 ms"]);
});

test("a whole second is told by the clock", () => {
  const whole = ticks({ from: view.from + 900, to: view.from + 1_100 }, 400).find((tick) => tick.whole);
  expect(whole?.at).toBe(view.from + 1_000);
});
