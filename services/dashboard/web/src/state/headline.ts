// The three figures that are told first.

import type { GetWindowResponse, Waited } from "../gen/meanwhile/v1/timeline_pb";
import { count, duration, ms, share, short, times } from "../time/text";

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly about: string;
}

/** `most` is how many requests there were at once. */
export function headline({ figures: told }: GetWindowResponse, most: number): Fact[] {
  if (!told) return [];
  const spent = told.times.reduce((sum, time) => sum + ms(time.durationNs), 0);
  const passed = ms(told.passedNs);
  const requests = told.sampledOneIn > 1 ? "requests that were kept" : "requests";
  const withheld = told.sampledOneIn > 1 ? `withheld: one request in ${count(told.sampledOneIn)} was kept` : "";
  return [
    {
      name: "In flight",
      value: passed > 0 ? (spent / passed).toFixed(1) : "0",
      about: passed > 0 ? `${count(told.requests)} ${requests}, ${count(most)} at most at once` : "no request in this time",
    },
    {
      name: "Overlap",
      value: told.overlap && passed > 0 ? times(told.overlap.factor) : "–",
      about: told.overlap && passed > 0 ? `${duration(ms(told.overlap.oneAtATimeNs))} one at a time, in ${duration(passed)}` : withheld,
    },
    waited(told.waited[0], spent, withheld),
  ];
}

function waited(first: Waited | undefined, spent: number, withheld: string): Fact {
  if (!first) return { name: "Waited for", value: "–", about: withheld || "nothing that spans tell of" };
  const behind = first.behind ? `, behind ${short(first.behind)}` : "";
  const time = ms(first.durationNs);
  const of = share(time, spent);
  return { name: "Waited for", value: `${first.kind}${behind}`, about: `${duration(time)} at ${short(first.name)}, ${of} of all time spent` };
}
