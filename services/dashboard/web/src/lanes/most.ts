// The most requests in flight at once.

import type { View } from "../time/axis";
import { seen, type Lanes } from "./model";

export function mostAtOnce(lanes: Lanes, view: View): number {
  const places = seen(lanes, view);
  // Lanes are in order of start already.
  const begins = places.map((place) => lanes.start[place]);
  const ends = Float64Array.from(places, (place) => lanes.end[place]).sort();
  let [most, ended] = [0, 0];
  begins.forEach((begin, begun) => {
    while (ends[ended] <= begin && ended < begun) ended++;
    most = Math.max(most, begun + 1 - ended);
  });
  return most;
}
