// Which row each lane is drawn in. Lanes that do not overlap share a row, so that there are as many rows as there were
// requests in flight; or each has a row of its own. A lane keeps its row while the window moves on.

import type { Lanes } from "./model";

/** Rows under one heading. */
export interface Group {
  readonly name: string;
  readonly first: number;
  readonly rows: number;
  readonly lanes: number;
}

export interface Rows {
  /** Each lane's row. */
  readonly of: Int32Array;
  /** The lanes by row, in order of start; `offsets` has where each row's begin, and the number of all. */
  readonly members: Int32Array;
  readonly offsets: Int32Array;
  readonly groups: readonly Group[];
  readonly count: number;
}

export interface How {
  /** A row for each lane. */
  readonly each: boolean;
  /** A heading for each method. */
  readonly grouped: boolean;
}

/** Each lane's row within its group, by its key: what the last arrangement gave. */
export type Kept = Map<string, number>;

export function arrange(lanes: Lanes, how: How, kept: Kept = new Map()): { rows: Rows; kept: Kept } {
  const of = new Int32Array(lanes.count);
  const groups: Group[] = [];
  const now: Kept = new Map();
  let first = 0;
  for (const [name, members] of grouped(lanes, how.grouped)) {
    const rows = how.each ? members.map((_, place) => place) : shared(lanes, members, kept);
    members.forEach((lane, place) => {
      of[lane] = first + rows[place];
      now.set(lanes.keys[lane], rows[place]);
    });
    const count = rows.reduce((most, row) => Math.max(most, row + 1), 0);
    groups.push({ name, first, rows: count, lanes: members.length });
    first += count;
  }
  return { rows: { of, ...byRow(of, first), groups, count: first }, kept: how.each ? new Map() : now };
}

/** By method, the one that took the most time first; or all of them. */
function grouped(lanes: Lanes, byMethod: boolean): [string, number[]][] {
  const all = [...lanes.keys.keys()];
  if (!byMethod) return all.length > 0 ? [["", all]] : [];
  const groups = new Map<string, number[]>();
  for (const place of all) {
    const method = lanes.method[place];
    const group = groups.get(method);
    if (group) group.push(place);
    else groups.set(method, [place]);
  }
  const time = (members: number[]) => members.reduce((sum, place) => sum + lanes.end[place] - lanes.start[place], 0);
  return [...groups].sort(([one, ones], [other, others]) => time(others) - time(ones) || (one < other ? -1 : 1));
}

/** The lowest row that is free, or the one that the lane had. */
function shared(lanes: Lanes, members: number[], kept: Kept): number[] {
  const free: number[] = [];
  return members.map((lane) => {
    const start = lanes.start[lane];
    const had = kept.get(lanes.keys[lane]);
    let row = had !== undefined && (free[had] ?? -Infinity) <= start ? had : free.findIndex((end) => end <= start);
    if (row < 0) row = free.length;
    while (free.length <= row) free.push(-Infinity);
    free[row] = Math.max(lanes.end[lane], start);
    return row;
  });
}

function byRow(of: Int32Array, count: number): { members: Int32Array; offsets: Int32Array } {
  const offsets = new Int32Array(count + 1);
  for (const row of of) offsets[row + 1]++;
  for (let row = 0; row < count; row++) offsets[row + 1] += offsets[row];
  const next = offsets.slice();
  const members = new Int32Array(of.length);
  of.forEach((row, lane) => (members[next[row]++] = lane));
  return { members, offsets };
}
