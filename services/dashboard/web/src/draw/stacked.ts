// The requests in flight by kind, one on the other: the curves of what is seen.

import type { InFlight } from "../gen/meanwhile/v1/timeline_pb";
import type { View } from "../time/axis";
import { kindNumber } from "./kinds";

export interface Stacked {
  /** The kinds that occur, the highest curve first: it is drawn first, and the others over it. */
  readonly kinds: readonly number[];
  readonly times: number[];
  readonly sums: number[][];
  /** The highest that is seen. */
  readonly most: number;
}

/** `zero` is what steps are counted from, in milliseconds since 1970. */
export function stacked(inFlight: InFlight | undefined, zero: number, view: View): Stacked {
  const kinds = [...(inFlight?.kinds ?? [])].sort((one, other) => kindNumber(one.kind) - kindNumber(other.kind));
  const count = kinds[0]?.requests.length ?? 0;
  const step = Number(inFlight?.stepNs ?? 0n) / 1e6;
  const times = Array.from({ length: count }, (_, number) => zero + number * step);
  let below = new Array<number>(count).fill(0);
  const sums = kinds.map(({ requests }) => (below = below.map((sum, number) => sum + requests[number])));
  const seen = below.filter((_, number) => times[number] + step >= view.from && times[number] <= view.to);
  const most = seen.reduce((most, sum) => Math.max(most, sum), 0);
  return { kinds: kinds.map(({ kind }) => kindNumber(kind)).reverse(), times, sums: sums.reverse(), most };
}
