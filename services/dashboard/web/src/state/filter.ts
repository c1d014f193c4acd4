// Which requests are looked at.

export interface Filter {
  /** Lanes are of this service's requests; "" for the topmost of each trace. */
  readonly service: string;
  readonly method: string;
  readonly failed: boolean;
  /** At least so long, in milliseconds. */
  readonly min: number;
  /** Spent time on one of these; none for any. */
  readonly kinds: string[];
}

export const EVERYTHING: Filter = { service: "", method: "", failed: false, min: 0, kinds: [] };

export function isEverything(filter: Filter): boolean {
  const { service, method, failed, min, kinds } = filter;
  return !service && !method && !failed && min === 0 && kinds.length === 0;
}
