// What ran beside a request's critical path.

import type { Lane } from "../gen/meanwhile/v1/timeline_pb";

/** How many rows its branches need. */
export function branchRows(lane: Lane): number {
  return lane.branches.reduce((rows, branch) => Math.max(rows, branch.row + 1), 0);
}
