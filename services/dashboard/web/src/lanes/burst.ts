// The last burst: the requests since it was quiet for the last time. When nothing comes any more, the page rests on them.

import type { Lanes } from "./model";

/** So long without a request is quiet, in milliseconds. */
export const QUIET = 1_000;

/** From when to when the last requests were; requests that are less than a second apart belong together. */
export function lastBurst(lanes: Lanes): { from: number; to: number } | undefined {
  const count = lanes.count;
  if (count === 0) return undefined;
  let from = lanes.start[0];
  let to = lanes.end[0];
  for (let lane = 1; lane < count; lane++) {
    if (lanes.start[lane] - to > QUIET) from = lanes.start[lane];
    to = Math.max(to, lanes.end[lane]);
  }
  return { from, to };
}

/** True where nothing is in flight, and has not been for a while. */
export function isQuiet(lanes: Lanes, now: number): boolean {
  return !lanes.running.includes(1) && now - lanes.last > QUIET;
}
