// Paints lanes into pixels. What it costs is bounded by the pixels and by the lanes that are seen: where several segments
// share a pixel, the longest has it. Nothing is asked of the canvas but to show the result.

import type { Lanes } from "../lanes/model";
import type { Rows } from "../lanes/rows";
import { length, type View } from "../time/axis";
import type { Geometry } from "./geometry";
import type { Tile, Tiles } from "./tiles";

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Pixels a CSS pixel. */
  readonly ratio: number;
  readonly pixels: Uint32Array;
}

export interface Style {
  readonly tiles: Tiles;
  /** Under a request that failed. */
  readonly failed: number;
}

/** What is to be seen: lanes in rows, from a height on. */
export interface Scene {
  readonly lanes: Lanes;
  readonly rows: Rows;
  readonly geometry: Geometry;
  readonly view: View;
  readonly scroll: number;
  /** Until when what is running is drawn, while the newest is followed: spans come a moment later. */
  readonly now?: number;
}

/** Where a bar is painted. */
interface Bar {
  readonly top: number;
  readonly bottom: number;
}

export function paint(raster: Raster, scene: Scene, style: Style): void {
  raster.pixels.fill(0);
  const { rows, geometry, scroll } = scene;
  const brush = new Brush(raster, style, scene);
  const seen = raster.height / raster.ratio;
  rows.groups.forEach((group, number) => {
    const top = geometry.tops[number] - scroll;
    const first = Math.max(0, Math.floor(-top / geometry.row));
    const last = Math.min(group.rows, Math.ceil((seen - top) / geometry.row));
    for (let row = first; row < last; row++) {
      const bar = barOf(raster, geometry, top + row * geometry.row);
      if (bar.bottom > bar.top) paintRow(brush, scene, group.first + row, bar);
    }
  });
}

function barOf(raster: Raster, geometry: Geometry, top: number): Bar {
  const from = (top + geometry.bar.top) * raster.ratio;
  const to = from + geometry.bar.height * raster.ratio;
  return { top: Math.max(0, Math.round(from)), bottom: Math.min(raster.height, Math.round(to)) };
}

function paintRow(brush: Brush, scene: Scene, row: number, bar: Bar): void {
  const { lanes, rows, view } = scene;
  const last = rows.offsets[row + 1];
  brush.begin(bar);
  for (let member = firstSeen(scene, row); member < last; member++) {
    const lane = rows.members[member];
    if (lanes.start[lane] > view.to) break;
    brush.lane(lanes, lane);
  }
  brush.flush();
}

/** The first lane of a row that ends in the view. They do not overlap, so their ends are in order too. */
export function firstSeen({ lanes, rows, view }: Scene, row: number): number {
  let [low, high] = [rows.offsets[row], rows.offsets[row + 1]];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lanes.end[rows.members[middle]] < view.from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Paints along one row. Segments of less than a pixel are collected, and the longest of each pixel is painted. */
class Brush {
  readonly #raster: Raster;
  readonly #style: Style;
  readonly #view: View;
  readonly #scale: number;
  /** Patterns move along with the lanes. */
  readonly #shift: number;
  #bar: Bar = { top: 0, bottom: 0 };
  /** Up to where the row is painted. */
  #painted = 0;
  #column = -1;
  #longest = 0;
  #kind = 0;

  readonly #now: number;

  constructor(raster: Raster, style: Style, { view, now }: Scene) {
    this.#now = now ?? 0;
    this.#raster = raster;
    this.#style = style;
    this.#view = view;
    this.#scale = raster.width / length(view);
    const { side } = style.tiles;
    this.#shift = ((Math.round((view.from % 1e7) * this.#scale) % side) + side) % side;
  }

  begin(bar: Bar): void {
    this.#bar = bar;
    this.#painted = 0;
    this.#column = -1;
  }

  lane(lanes: Lanes, lane: number): void {
    const { width } = this.#raster;
    const { from } = this.#view;
    const scale = this.#scale;
    let at = (lanes.start[lane] - from) * scale;
    const begin = at;
    const isRunning = lanes.running[lane] === 1;
    for (let segment = lanes.first[lane]; segment < lanes.first[lane + 1]; segment++) {
      const isLast = segment + 1 === lanes.first[lane + 1];
      const until = ((isLast && isRunning ? Math.max(lanes.until[segment], this.#now) : lanes.until[segment]) - from) * scale;
      if (until >= 0) this.#segment(at, until, lanes.kind[segment]);
      if (until > width) break;
      at = until;
    }
    if (lanes.first[lane] === lanes.first[lane + 1]) this.#segment(begin, begin, 0);
    const end = ((isRunning ? Math.max(lanes.end[lane], this.#now) : lanes.end[lane]) - from) * scale;
    if (lanes.failed[lane] === 1) this.#failed(begin, end);
    if (isRunning) this.#open(begin, end);
  }

  #segment(from: number, to: number, kind: number): void {
    if (to - from >= 1) {
      const [left, right] = [Math.max(0, Math.round(from)), Math.min(this.#raster.width, Math.round(to))];
      if (this.#column < left) this.flush();
      this.#column = -1;
      if (right <= left) return;
      this.#fill(Math.max(left, this.#painted), right, this.#style.tiles.kinds[kind]);
      this.#painted = Math.max(right, this.#painted);
      return;
    }
    const column = Math.max(0, Math.floor(from));
    if (column !== this.#column) {
      this.flush();
      this.#column = column;
      this.#longest = -1;
    }
    if (to - from > this.#longest) {
      this.#longest = to - from;
      this.#kind = kind;
    }
  }

  /** Paints the pixel whose segments were collected. */
  flush(): void {
    const column = this.#column;
    this.#column = -1;
    if (column < this.#painted || column >= this.#raster.width) return;
    this.#fill(column, column + 1, this.#style.tiles.kinds[this.#kind]);
    this.#painted = column + 1;
  }

  #fill(left: number, right: number, tile: Tile): void {
    const { width, pixels } = this.#raster;
    const { side } = this.#style.tiles;
    const { top, bottom } = this.#bar;
    if (tile.solid) {
      for (let y = top; y < bottom; y++) pixels.fill(tile.colour, y * width + left, y * width + right);
      return;
    }
    for (let y = top; y < bottom; y++) {
      const line = ((y - top) % side) * side;
      let column = (left + this.#shift) % side;
      for (let x = y * width + left; x < y * width + right; x++) {
        pixels[x] = tile.pixels[line + column];
        if (++column === side) column = 0;
      }
    }
  }

  /** A line under the bar. */
  #failed(from: number, to: number): void {
    const { width, pixels, ratio } = this.#raster;
    const { top, bottom } = this.#bar;
    const [left, right] = [Math.max(0, Math.round(from)), Math.min(width, Math.max(Math.round(to), Math.round(from) + 1))];
    const line = Math.max(1, Math.min(Math.round(3 * ratio), (bottom - top) >> 1));
    if (right <= left) return;
    this.flush();
    for (let y = bottom - line; y < bottom; y++) pixels.fill(this.#style.failed, y * width + left, y * width + right);
  }

  /** An end that is not there yet: the bar dissolves. */
  #open(from: number, to: number): void {
    const { width, pixels, ratio } = this.#raster;
    const { top, bottom } = this.#bar;
    const tail = Math.min(20 * ratio, (to - from) / 2);
    this.flush();
    const right = Math.min(width, Math.round(to));
    for (let x = Math.max(0, Math.round(to - tail)); x < right; x++) {
      const missing = 1 - (to - x) / tail;
      for (let y = top; y < bottom; y++) {
        const grain = ((x * 7 + y * 13 + ((x * y) % 5) * 3) % 16) / 16;
        if (grain < missing) pixels[y * width + x] = 0;
      }
    }
  }
}
