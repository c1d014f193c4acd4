// A window that was saved into the page's own file: it answers in the service's place, with the network off.

import { create, fromBinary } from "@bufbuild/protobuf";
import {
  GetIntakeResponseSchema,
  GetLaneResponseSchema,
  GetWindowResponseSchema,
  SavedWindowSchema,
  type GetIntakeResponse,
  type GetLaneResponse,
  type GetWindowResponse,
  type Lane,
} from "../gen/meanwhile/v1/timeline_pb";
import type { Filter } from "../state/filter";
import { columns } from "../lanes/model";
import type { View } from "../time/axis";
import type { Window } from "./lanes";
import { millis } from "./time";

export class Saved {
  readonly #window: GetWindowResponse;

  constructor(
    window: GetWindowResponse | undefined,
    readonly intake: GetIntakeResponse,
    /** What the page is opened with: the query of an address. */
    readonly view: string,
  ) {
    this.#window = window ?? create(GetWindowResponseSchema);
  }

  /** From when to when the window is. */
  time(): View {
    return { from: millis(this.#window.startTime), to: millis(this.#window.endTime) };
  }

  /** The lanes that are asked for; figures and curves are of the whole window. */
  window(filter: Filter): Window {
    const lanes = this.#window.lanes.filter((lane) => has(filter, lane));
    const reply = { ...this.#window, lanes: [], totalSize: lanes.length };
    return { reply, lanes: columns(lanes, millis(reply.startTime)) };
  }

  lane(traceId: string): GetLaneResponse {
    const lanes = this.#window.lanes.filter((lane) => lane.traceId === traceId);
    return create(GetLaneResponseSchema, { ...(this.#window.startTime ? { startTime: this.#window.startTime } : {}), lanes });
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
  const { window, intake, view } = fromBinary(SavedWindowSchema, new Uint8Array(await new Response(unpacked).arrayBuffer()));
  return new Saved(window, intake ?? create(GetIntakeResponseSchema), view);
}

/** None where the page comes from a dashboard. It is there before the page is. */
export const saved = await read();
