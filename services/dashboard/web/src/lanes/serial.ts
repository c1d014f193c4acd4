// One at a time: the same requests as a synchronous server would do them, one after the other, each without what it waited
// for only because others were there (the contention of docs/dashboard.md).

import { create } from "@bufbuild/protobuf";
import { LaneSchema, type Lane } from "../gen/meanwhile/v1/timeline_pb";
import { CONTENTION } from "../draw/kinds";
import { columns, type Lanes } from "./model";

/** The lanes one after the other, in order of start, the first where it was. */
export function oneAtATime(lanes: Lanes): Lanes {
  let at = 0n;
  const placed = lanes.keys.map((_, place) => {
    const lane = lanes.whole(place);
    const segments = lane.segments.filter((segment) => !CONTENTION.has(segment.kind));
    const durationNs = segments.reduce((sum, segment) => sum + segment.durationNs, 0n);
    const alone: Lane = { ...create(LaneSchema), ...lane, segments, startNs: at, durationNs, running: false };
    at += durationNs;
    return alone;
  });
  return columns(placed, lanes.start[0] ?? 0);
}
