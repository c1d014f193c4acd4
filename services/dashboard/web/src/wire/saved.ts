// A window that was saved into the page's own file: it answers in the service's place, with the network off.

import { create } from "@bufbuild/protobuf";
import { GetIntakeResponseSchema, GetLaneResponseSchema, type GetIntakeResponse, type GetLaneResponse, type Lane } from "../gen/meanwhile/v1/timeline_pb";
import { columns } from "../lanes/model";
import { isEverything, type Filter } from "../state/filter";
import type { View } from "../time/axis";
import { readSaved, type Window } from "./lanes";
import { millis } from "./time";

export class Saved {
  constructor(
    readonly whole: Window,
    readonly intake: GetIntakeResponse,
    /** What the page is opened with: the query of an address. */
    readonly view: string,
  ) {}

  /** From when to when the window is. */
  time(): View {
    const { startTime, endTime } = this.whole.reply;
    return { from: millis(startTime), to: millis(endTime) };
  }

  /** The lanes that are asked for; figures and curves are of the whole window. */
  window(filter: Filter): Window {
    if (isEverything(filter)) return this.whole;
    const { reply, lanes } = this.whole;
    const wanted = lanes.keys.map((_, place) => lanes.whole(place)).filter((lane) => has(filter, lane));
    return { reply: { ...reply, totalSize: wanted.length }, lanes: columns(wanted, lanes.zero) };
  }

  lane(traceId: string): GetLaneResponse {
    const { reply, lanes } = this.whole;
    const places = [...lanes.keys.keys()].filter((place) => lanes.keys[place].startsWith(traceId));
    return create(GetLaneResponseSchema, { ...(reply.startTime ? { startTime: reply.startTime } : {}), lanes: places.map(lanes.whole) });
  }
}

function has({ service, method, failed, min, kinds }: Filter, lane: Lane): boolean {
  return (
    (!service || lane.service === service) &&
    (!method || lane.method === method) &&
    (!failed || lane.failed) &&
    Number(lane.durationNs) >= min * 1e6 &&
    (kinds.length === 0 || lane.segments.some((segment) => kinds.includes(segment.kind)))
  );
}

async function read(): Promise<Saved | undefined> {
  // Tests have no document.
  const text = globalThis.document?.getElementById("window")?.textContent;
  if (!text) return undefined;
  const packed = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { window, intake, view } = readSaved(new Uint8Array(await new Response(unpacked).arrayBuffer()));
  return new Saved(window, intake ?? create(GetIntakeResponseSchema), view);
}

/** None where the page comes from a dashboard. It is there before the page is. */
export const saved = await read();
