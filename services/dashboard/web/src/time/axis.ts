// The time axis: which stretch of time is seen, how it is moved, and where its ticks are. Times are milliseconds since 1970.

/** The stretch of time that is seen. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** The least that can be seen, and the most: ten microseconds, and a day. */
export const LEAST = 0.01;
export const MOST = 86_400_000;

export function length(view: View): number {
  return view.to - view.from;
}

/** Where a moment is drawn, in pixels, on an axis of that width. */
export function place(view: View, width: number, moment: number): number {
  return ((moment - view.from) / length(view)) * width;
}

/** Which moment is drawn there. */
export function moment(view: View, width: number, x: number): number {
  return view.from + (x / width) * length(view);
}

/** Closer by a factor above 1, farther by one below; the moment `at` stays where it is. */
export function zoom(view: View, factor: number, at: number): View {
  const wanted = Math.min(MOST, Math.max(LEAST, length(view) / factor));
  const ratio = wanted / length(view);
  return { from: at - (at - view.from) * ratio, to: at + (view.to - at) * ratio };
}

/** Moved by a share of its own length; to later where it is above 0. */
export function pan(view: View, share: number): View {
  const by = length(view) * share;
  return { from: view.from + by, to: view.to + by };
}

/** What lies between two moments, in any order; never less than can be seen. */
export function between(one: number, other: number): View {
  const from = Math.min(one, other);
  return { from, to: Math.max(from + LEAST, one, other) };
}

/** With room on both sides, as a share of its length. */
export function widened(view: View, before: number, after: number): View {
  return { from: view.from - length(view) * before, to: view.to + length(view) * after };
}

/** A mark on the axis. */
export interface Tick {
  readonly at: number;
  readonly text: string;
  /** A whole second by the clock, where the others are counted from the last one. */
  readonly whole: boolean;
}

const SECOND = 1000;
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((step) => [step / 1e3, step]).sort((a, b) => a - b);
const LONG_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600].map((step) => step * SECOND);

/** The distance between ticks, so that they are at least `room` pixels apart. */
export function step(view: View, width: number, room: number): number {
  const least = (length(view) / width) * room;
  return [...STEPS, ...LONG_STEPS].find((step) => step >= least) ?? 6 * 3600 * SECOND;
}

/** The ticks that are seen. Below a second they count from the last whole one, so that a number is short and stays. */
export function ticks(view: View, width: number, room = 90): Tick[] {
  const by = step(view, width, room);
  const origin = Math.floor(view.from / SECOND) * SECOND;
  const first = by < SECOND ? origin + Math.ceil((view.from - origin) / by) * by : Math.ceil(view.from / by) * by;
  const found: Tick[] = [];
  for (let number = 0; number < 200; number++) {
    const at = first + number * by;
    if (at > view.to) break;
    const rest = at - Math.floor(at / SECOND + 1e-9) * SECOND;
    const whole = by >= SECOND || Math.abs(rest) < by / 2;
    found.push({ at, text: whole ? clock(at) : `+${fraction(rest, by)}`, whole });
  }
  return found;
}

/** A moment by the clock on the wall. */
export function clock(at: number): string {
  const time = new Date(Math.round(at));
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

function fraction(ms: number, by: number): string {
  return by < 1 ? `${ms.toFixed(by < 0.01 ? 3 : by < 0.1 ? 2 : 1)} ms` : `${Math.round(ms)} ms`;
}
