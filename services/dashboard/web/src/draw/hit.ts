// What is under the pointer.

import { segmentTime } from "../lanes/model";
import { moment, place } from "../time/axis";
import { rowAt, rowTop } from "./geometry";
import type { Scene } from "./paint";

export interface Hit {
  readonly lane: number;
  /** Its segment, by its place among all. */
  readonly segment: number;
}

/** So near to a lane is on it: lanes may be narrower than a pointer is exact. */
const NEAR = 4;

/** The lane and segment at a place, in CSS pixels. */
export function hit(scene: Scene, width: number, x: number, y: number): Hit | undefined {
  const { lanes, rows, geometry, view, scroll } = scene;
  const row = rowAt(rows, geometry, y + scroll);
  if (row === undefined) return undefined;
  let nearest: { lane: number; far: number } | undefined;
  for (let member = rows.offsets[row]; member < rows.offsets[row + 1]; member++) {
    const lane = rows.members[member];
    const far = Math.max(place(view, width, lanes.start[lane]) - x, x - place(view, width, lanes.end[lane]), 0);
    if (far <= NEAR && (!nearest || far < nearest.far)) nearest = { lane, far };
  }
  if (!nearest) return undefined;
  return { lane: nearest.lane, segment: segmentAt(scene, nearest.lane, moment(view, width, x)) };
}

function segmentAt({ lanes }: Scene, lane: number, at: number): number {
  const last = lanes.first[lane + 1] - 1;
  for (let segment = lanes.first[lane]; segment < last; segment++) if (at < lanes.until[segment]) return segment;
  return last;
}

/** Where a lane's bar is, in CSS pixels. */
export function box(scene: Scene, width: number, lane: number): { left: number; right: number; top: number; bottom: number } {
  const { lanes, rows, geometry, view, scroll } = scene;
  const top = rowTop(rows, geometry, rows.of[lane]) - scroll + geometry.bar.top;
  return {
    left: place(view, width, lanes.start[lane]),
    right: place(view, width, lanes.end[lane]),
    top,
    bottom: top + geometry.bar.height,
  };
}

/** From a wait's end to the request that was waited for. */
export interface Arrow {
  readonly from: { x: number; y: number };
  readonly to: { x: number; y: number };
  readonly blocker: number;
}

/** The most arrows of one lane. */
const ARROWS = 40;

/** Behind whom a lane waited, of those whose lanes are here. The moment a wait ends, the blocker let it go. */
export function arrows(scene: Scene, width: number, lane: number): Arrow[] {
  const { lanes, view } = scene;
  const found: Arrow[] = [];
  const own = box(scene, width, lane);
  const whole = lanes.whole(lane);
  for (let segment = lanes.first[lane]; segment < lanes.first[lane + 1] && found.length < ARROWS; segment++) {
    const blame = whole.segments[segment - lanes.first[lane]].blame;
    const blocker = blame && lanes.places.get(blame.traceId + blame.spanId);
    if (blocker === undefined || blocker === lane) continue;
    const { from, to } = segmentTime(lanes, lane, segment);
    const other = box(scene, width, blocker);
    const middle = (place(view, width, from) + place(view, width, to)) / 2;
    const tip = Math.min(Math.max(place(view, width, to), other.left + 2), other.right - 2);
    const below = other.top > own.top;
    found.push({
      from: { x: middle, y: below ? own.bottom : own.top },
      to: { x: tip, y: below ? other.top : other.bottom },
      blocker,
    });
  }
  return found;
}
