// What is looked at, as the page's address has it: whoever gets the link sees the same.

import type { How } from "../lanes/rows";
import { between, type View } from "../time/axis";
import { EVERYTHING, type Filter } from "./filter";

export const TABS = ["figures", "table", "keys"] as const;
export type Tab = (typeof TABS)[number];

/** A request that was picked. */
export interface Picked {
  readonly traceId: string;
  readonly spanId: string;
}

export interface Looked {
  /** The stretch of time; none where the newest is followed. */
  readonly view?: View;
  readonly filter: Filter;
  readonly how: How;
  readonly serial: boolean;
  readonly tab: Tab;
  readonly picked?: Picked;
  /** The trace of the request that is to be picked, where the address knows no more of it: a link from Jaeger. */
  readonly traceId?: string;
}

/** What an address says; what it says wrongly is left at its default. */
export function read(query: string): Looked {
  const said = new URLSearchParams(query);
  const number = (name: string) => {
    const value = Number(said.get(name) || NaN);
    return Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const [from, to] = [number("from"), number("to")];
  const request = /^([0-9a-f]{32})(?:-([0-9a-f]{16}))?$/.exec(said.get("request") ?? "");
  const tab = TABS.find((tab) => tab === said.get("tab")) ?? "figures";
  return {
    ...(from !== undefined && to !== undefined && to > from ? { view: between(from, to) } : {}),
    filter: {
      ...EVERYTHING,
      service: said.get("service") ?? "",
      method: said.get("method") ?? "",
      failed: said.get("status") === "failed",
      min: number("min") ?? 0,
      kinds: (said.get("kinds") ?? "").split(",").filter((kind) => kind),
    },
    how: { each: said.get("rows") === "each", grouped: said.get("group") === "method" },
    serial: said.get("view") === "one-at-a-time",
    tab,
    ...(request?.[2] ? { picked: { traceId: request[1], spanId: request[2] } } : {}),
    ...(request && !request[2] ? { traceId: request[1] } : {}),
  };
}

/** The other way; what is at its default is not said. */
export function written({ view, filter, how, serial, tab, picked }: Looked): string {
  const said = new URLSearchParams();
  const say = (name: string, value: string | number | undefined | false) => value && said.set(name, String(value));
  say("from", view && round(view.from));
  say("to", view && round(view.to));
  say("service", filter.service);
  say("method", filter.method);
  say("status", filter.failed && "failed");
  say("min", filter.min);
  say("kinds", filter.kinds.join(","));
  say("rows", how.each && "each");
  say("group", how.grouped && "method");
  say("view", serial && "one-at-a-time");
  say("tab", tab !== "figures" && tab);
  say("request", picked && `${picked.traceId}-${picked.spanId}`);
  const text = said.toString();
  return text && `?${text}`;
}

/** To the microsecond. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
