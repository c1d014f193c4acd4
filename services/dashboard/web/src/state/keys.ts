// What keys do, wherever the focus is but in a field. `KEYS` is also what the page says of them.

import { key } from "../lanes/model";
import { pan } from "../time/axis";
import type { Page } from "./page.svelte";

interface Key {
  readonly keys: readonly string[];
  readonly shown: string;
  readonly does: string;
  readonly act: (page: Page) => void;
}

export const KEYS: readonly Key[] = [
  { keys: ["ArrowLeft"], shown: "←", does: "earlier", act: (page) => page.look(pan(page.view, -0.15)) },
  { keys: ["ArrowRight"], shown: "→", does: "later", act: (page) => page.look(pan(page.view, 0.15)) },
  { keys: ["+", "="], shown: "+", does: "closer", act: (page) => page.zoom(1.5) },
  { keys: ["-", "_"], shown: "−", does: "farther", act: (page) => page.zoom(1 / 1.5) },
  { keys: ["f"], shown: "f", does: "all requests that are here", act: (page) => page.fit() },
  { keys: ["p"], shown: "p", does: "pause, and go on", act: (page) => page.pause() },
  { keys: ["l"], shown: "l", does: "follow the newest", act: (page) => page.follows() },
  { keys: ["j", "ArrowDown"], shown: "j ↓", does: "the next request", act: (page) => step(page, 1) },
  { keys: ["k", "ArrowUp"], shown: "k ↑", does: "the one before", act: (page) => step(page, -1) },
  { keys: ["b"], shown: "b", does: "the request that this one waited for", act: follow },
  { keys: ["o"], shown: "o", does: "one at a time, and back", act: (page) => (page.serial = !page.serial) },
  { keys: ["g"], shown: "g", does: "group by method", act: (page) => page.arranged({ grouped: !page.how.grouped }) },
  { keys: ["r"], shown: "r", does: "a row for each request, or shared rows", act: (page) => page.arranged({ each: !page.how.each }) },
  { keys: ["Escape"], shown: "Esc", does: "close the request", act: (page) => page.pick(undefined) },
];

/** Keys that a field, a list or a button has a use for itself. */
const FIELDS = "input, select, textarea, [role=tab], .scroller-y";

export function pressed(page: Page, event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const inField = event.target instanceof Element && event.target.closest(FIELDS) !== null;
  const onLanes = event.target instanceof Element && event.target.closest("[data-lanes]") !== null;
  // Up and down scroll the page, unless the lanes have the focus.
  const isScroll = event.key === "ArrowUp" || event.key === "ArrowDown";
  if (inField || (isScroll && !onLanes)) return;
  const found = KEYS.find((key) => key.keys.includes(event.key));
  if (!found) return;
  event.preventDefault();
  found.act(page);
}

/** The next lane in order of start, from the one that is picked, or the first that is seen. */
function step(page: Page, by: number): void {
  const { lanes, picked, view } = page;
  const at = picked && lanes.places.get(key(picked));
  const first = lanes.end.findIndex((end) => end >= view.from);
  const next = at === undefined ? first : Math.min(lanes.count - 1, Math.max(0, at + by));
  if (next >= 0 && next < lanes.count) page.pick(lanes.whole(next));
}

/** Behind whom the picked request waited longest. */
function follow(page: Page): void {
  const place = page.picked && page.lanes.places.get(key(page.picked));
  if (place === undefined) return;
  const waits = page.lanes.whole(place).segments.filter((segment) => segment.blame);
  const longest = waits.reduce<(typeof waits)[number] | undefined>(
    (most, wait) => (!most || wait.durationNs > most.durationNs ? wait : most),
    undefined,
  );
  if (longest?.blame) page.pick(longest.blame);
}
