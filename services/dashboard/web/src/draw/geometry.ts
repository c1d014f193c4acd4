// Where rows are: how high each is, and where headings stand between them. All in CSS pixels.

import type { Rows } from "../lanes/rows";

export const HEADING = 26;

/** A row with room for a label above its bar. */
const LABELLED = 34;
const LABEL = 17;

/** The lowest rows: of shared ones, and where each lane has its own. */
const LEAST = 7;

export interface Geometry {
  readonly row: number;
  /** The bar in its row. */
  readonly bar: { readonly top: number; readonly height: number };
  readonly labelled: boolean;
  /** Where each group's rows begin. */
  readonly tops: readonly number[];
  readonly heading: number;
  readonly total: number;
}

/** Rows as high as fit, neither too low to see nor higher than a label needs. */
export function geometry(rows: Rows, height: number): Geometry {
  const heading = rows.groups.some((group) => group.name) ? HEADING : 0;
  const room = height - heading * rows.groups.length;
  const row = Math.max(LEAST, Math.min(LABELLED, Math.floor(room / Math.max(1, rows.count))));
  const labelled = row >= LABELLED - 6;
  const top = labelled ? LABEL : 1;
  const gap = labelled ? 4 : Math.max(1, Math.round(row * 0.2));
  let at = 0;
  const tops = rows.groups.map((group) => {
    const begin = at + heading;
    at = begin + group.rows * row;
    return begin;
  });
  return { row, bar: { top, height: row - top - gap }, labelled, tops, heading, total: at };
}

/** Where a row begins. */
export function rowTop(rows: Rows, geometry: Geometry, row: number): number {
  const group = rows.groups.findIndex((group) => row < group.first + group.rows);
  return geometry.tops[group] + (row - rows.groups[group].first) * geometry.row;
}

/** The row at a height; none where there is a heading, or nothing. */
export function rowAt(rows: Rows, geometry: Geometry, y: number): number | undefined {
  for (const [number, group] of rows.groups.entries()) {
    const inside = Math.floor((y - geometry.tops[number]) / geometry.row);
    if (inside >= 0 && inside < group.rows) return group.first + inside;
  }
  return undefined;
}
