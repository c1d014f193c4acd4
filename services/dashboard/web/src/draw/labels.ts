// Names and times beside the bars, where rows are high enough. Text is measured once.

import { duration, short } from "../time/text";
import { place } from "../time/axis";
import { firstSeen, type Scene } from "./paint";

/** The most labels of one picture: more would not be read. */
const MOST = 400;

/** The least room that a name is worth. */
const ROOM = 28;

export interface Label {
  readonly lane: number;
  readonly x: number;
  readonly y: number;
  /** How far it may reach. */
  readonly room: number;
  readonly name: string;
  readonly time: string;
}

/** The labels of a scene that is `width` by `height` CSS pixels. */
export function labels(scene: Scene, width: number, height: number): Label[] {
  const { lanes, rows, geometry, view, scroll } = scene;
  if (!geometry.labelled) return [];
  const found: Label[] = [];
  for (const [number, group] of rows.groups.entries()) {
    const top = geometry.tops[number] - scroll;
    const first = Math.max(0, Math.floor(-top / geometry.row));
    const last = Math.min(group.rows, Math.ceil((height - top) / geometry.row));
    for (let row = first; row < last; row++) {
      const end = rows.offsets[group.first + row + 1];
      for (let member = firstSeen(scene, group.first + row); member < end && found.length < MOST; member++) {
        const lane = rows.members[member];
        if (lanes.start[lane] > view.to) break;
        const next = member + 1 < end ? place(view, width, lanes.start[rows.members[member + 1]]) : width;
        const x = Math.max(0, place(view, width, lanes.start[lane]));
        const room = Math.min(next, width) - x - 6;
        if (room < ROOM) continue;
        const took = duration(lanes.end[lane] - lanes.start[lane]);
        found.push({ lane, x, y: top + row * geometry.row + 11, room, name: short(lanes.method[lane]), time: lanes.running[lane] ? `${took} so far` : took });
      }
    }
  }
  return found;
}

/** How wide a text is. What was measured is kept, up to a bound: names repeat. */
export class Ruler {
  readonly #known = new Map<string, number>();

  width(context: CanvasRenderingContext2D, text: string): number {
    let width = this.#known.get(text);
    if (width === undefined) {
      if (this.#known.size > 5_000) this.#known.clear();
      this.#known.set(text, (width = context.measureText(text).width));
    }
    return width;
  }
}
