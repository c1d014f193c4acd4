// The most requests in flight at once.

import type { View } from "../time/axis";
import type { Lanes } from "./model";

export function mostAtOnce(lanes: Lanes, view: View): number {
  const begins: number[] = [];
  const ends: number[] = [];
  lanes.lanes.forEach((_, lane) => {
    if (lanes.end[lane] < view.from || lanes.start[lane] > view.to) return;
    begins.push(lanes.start[lane]);
    ends.push(lanes.end[lane]);
  });
  // Lanes are in order of start already.
  ends.sort((one, other) => one - other);
  let [most, ended] = [0, 0];
  begins.forEach((begin, begun) => {
    while (ends[ended] <= begin && ended < begun) ended++;
    most = Math.max(most, begun + 1 - ended);
  });
  return most;
}
