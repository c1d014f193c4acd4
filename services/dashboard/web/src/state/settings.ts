// What the server tells its page: where Jaeger is, and which scenarios can be sent.

import { saved } from "../wire/saved";

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly about: string;
}

export interface Settings {
  /** Jaeger's page, without a slash at the end. */
  readonly jaeger: string;
  /** A window can be sent there, as one trace. */
  readonly takes_windows: boolean;
  readonly scenarios: readonly Scenario[];
}

export async function settings(): Promise<Settings> {
  if (saved) return { jaeger: "", takes_windows: false, scenarios: [] };
  const reply = await fetch("/page.json");
  if (!reply.ok) throw new Error(await reply.text());
  return reply.json();
}

/** Sends a scenario's requests. Gives what went wrong, if anything did. */
export async function send(name: string): Promise<string | undefined> {
  const reply = await fetch(`/scenarios/${encodeURIComponent(name)}`, { method: "POST" });
  return reply.ok ? undefined : reply.text();
}

/** The trace on Jaeger's page, and a span in it; none where that is no web address. */
export function inJaeger(settings: Settings | undefined, traceId: string, spanId?: string): string | undefined {
  if (!settings || !/^https?:\/\//.test(settings.jaeger)) return undefined;
  return `${settings.jaeger}/trace/${traceId}${spanId ? `?uiFind=${spanId}` : ""}`;
}
