// What an instant of a lane can be spent on (docs/wait-spans.md), with a colour and a pattern each. Time that is there only
// because others are has warm colours and stripes; waiting for somebody else's answer is cool; a request's own time is grey.
// The colours differ in lightness too, so that they can be told apart without seeing red or green.

export type Pattern = "solid" | "rising" | "falling" | "crossed" | "upright" | "level" | "dots" | "specks";

export interface Kind {
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  readonly pattern: Pattern;
  /** Ground and pattern, light and dark. */
  readonly light: readonly [string, string];
  readonly dark: readonly [string, string];
}

export const KINDS: readonly Kind[] = [
  kind("queue", "waited for its turn", "rising", ["#cf4a16", "#f3b797"], ["#e2612b", "#7a2c0c"]),
  kind("shared", "waited for an equal call already under way", "upright", ["#7db4dc", "#d3e7f5"], ["#6fa9d4", "#2c5878"]),
  kind("pool", "waited for a free connection", "falling", ["#e79a14", "#fbe3b1"], ["#eda52c", "#74480a"]),
  kind("database", "waited for the database's answer", "solid", ["#1668b0", "#1668b0"], ["#3f8fdb", "#3f8fdb"]),
  kind("lock", "waited for a lock that another held", "crossed", ["#a02c78", "#e5a8cf"], ["#c9569f", "#5d1243"]),
  kind("upstream", "waited for another service's answer", "level", ["#17967a", "#4bb59c"], ["#2aad8e", "#14705b"]),
  kind("network", "on the way between services", "solid", ["#b9c7d3", "#b9c7d3"], ["#5d6d7b", "#5d6d7b"]),
  kind("work", "was being worked on", "solid", ["#2f3b47", "#2f3b47"], ["#dde3e9", "#dde3e9"]),
  kind("scheduler", "was ready, and waited for a thread", "dots", ["#efdf6e", "#97851a"], ["#d8c64a", "#5c500c"]),
  kind("unknown", "not explained", "specks", ["#d9d9d4", "#8f8f88"], ["#3d4248", "#878d94"]),
  kind("self", "its own work, and what it does not show", "dots", ["#a3a9b0", "#c6cbd0"], ["#767d85", "#565c63"]),
];

/** Time that goes away when a request is alone. */
export const CONTENTION: ReadonlySet<string> = new Set(["queue", "pool", "lock", "scheduler"]);

const NUMBERS = new Map(KINDS.map((kind, number) => [kind.name, number]));
const UNKNOWN = NUMBERS.get("unknown") as number;

/** The place among {@link KINDS}. A kind that a newer service has is not explained here. */
export function kindNumber(name: string): number {
  return NUMBERS.get(name) ?? UNKNOWN;
}

function kind(name: string, about: string, pattern: Pattern, light: Kind["light"], dark: Kind["dark"]): Kind {
  return { name, about, pattern, light, dark };
}
