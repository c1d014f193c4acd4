// `meanwhile.v1.Timeline`, as grpcurl sees it too.

import { create, fromBinary, toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import {
  ExportFormat,
  ExportWindowRequestSchema,
  ExportWindowResponseSchema,
  GetIntakeRequestSchema,
  GetIntakeResponseSchema,
  GetLaneRequestSchema,
  GetLaneResponseSchema,
  GetWindowRequestSchema,
  PinnedSchema,
  PinWindowRequestSchema,
  PinWindowResponseSchema,
  SendWindowRequestSchema,
  SendWindowResponseSchema,
  UnpinWindowRequestSchema,
  UnpinWindowResponseSchema,
  type GetIntakeResponse,
  type GetLaneResponse,
  type ExportWindowResponse,
  type SendWindowResponse,
  type GetWindowRequest,
  type GetWindowResponse,
} from "../gen/meanwhile/v1/timeline_pb";
import type { Filter } from "../state/filter";
import type { View } from "../time/axis";
import { call } from "./grpcweb";
import { readWindow, type Window } from "./lanes";
import { saved } from "./saved";
import { duration, timestamp, whole } from "./time";

/** The most lanes that the service gives at once. */
export const MOST_LANES = 10_000;

/** What if the pool had so many connections. */
const POOL_SIZES = [1, 2, 5, 10, 20, 50, 100];

async function ask<A extends DescMessage, B extends DescMessage>(
  method: string,
  schemas: [A, B],
  request: MessageShape<A>,
): Promise<MessageShape<B>> {
  return fromBinary(schemas[1], await sent(method, toBinary(schemas[0], request)));
}

function sent(method: string, request: Uint8Array): Promise<Uint8Array> {
  return call(`/meanwhile.v1.Timeline/${method}`, request);
}

/** The lanes of a stretch of time, and its figures: of all its requests, however many are listed. Without an end it goes on until now. */
export function windowOf(from: number, to: number | undefined, filter: Filter, steps: number): Promise<Window> {
  return asked(from, to, filter, { pageSize: MOST_LANES, steps });
}

/** The figures and curves alone. */
export async function figuresOf(view: View, filter: Filter, steps: number): Promise<GetWindowResponse> {
  return (await asked(view.from, view.to, filter, { pageSize: 1, steps })).reply;
}

async function asked(from: number, to: number | undefined, filter: Filter, size: { pageSize: number; steps: number }): Promise<Window> {
  if (saved) return saved.window(filter);
  const request = { ...requestOf(from, to, filter), ...size, poolSizes: POOL_SIZES };
  return readWindow(await sent("GetWindow", toBinary(GetWindowRequestSchema, request)));
}

function requestOf(from: number, to: number | undefined, filter: Filter): GetWindowRequest {
  return create(GetWindowRequestSchema, {
    startTime: timestamp(from),
    ...(to === undefined ? {} : { endTime: timestamp(to) }),
    service: filter.service,
    method: filter.method,
    failed: filter.failed,
    kinds: filter.kinds,
    ...(filter.min > 0 ? { minDuration: duration(filter.min) } : {}),
    running: true,
  });
}

/** What a window can be taken away as. */
export const FORMATS = {
  "Page, one file": ExportFormat.HTML,
  Perfetto: ExportFormat.PERFETTO,
  "OTLP spans": ExportFormat.OTLP_JSON,
} as const;

/** The window as a file; `query` is what its page is opened with, where it is one. */
export function exportOf(view: View, filter: Filter, format: ExportFormat, query: string): Promise<ExportWindowResponse> {
  const request = create(ExportWindowRequestSchema, { window: requestOf(view.from, view.to, filter), format, view: query });
  return ask("ExportWindow", [ExportWindowRequestSchema, ExportWindowResponseSchema], request);
}

/** Has the window sent to Jaeger, as one trace. */
export function sendWindow(view: View, filter: Filter): Promise<SendWindowResponse> {
  const request = create(SendWindowRequestSchema, { window: requestOf(view.from, view.to, filter) });
  return ask("SendWindow", [SendWindowRequestSchema, SendWindowResponseSchema], request);
}

/** One request, with what ran beside its critical path. */
export async function laneOf(traceId: string, service: string): Promise<GetLaneResponse> {
  if (saved) return saved.lane(traceId);
  const request = create(GetLaneRequestSchema, { traceId, service });
  return ask("GetLane", [GetLaneRequestSchema, GetLaneResponseSchema], request);
}

/** Keeps a window, however much comes after it; or lets it go. */
export async function pin(view: View, isPinned: boolean): Promise<void> {
  const window = create(PinnedSchema, { startTime: whole(view.from), endTime: whole(view.to) });
  if (isPinned) await ask("PinWindow", [PinWindowRequestSchema, PinWindowResponseSchema], create(PinWindowRequestSchema, { window }));
  else await ask("UnpinWindow", [UnpinWindowRequestSchema, UnpinWindowResponseSchema], create(UnpinWindowRequestSchema, { window }));
}

/** What was taken in, and what is kept. */
export async function intake(): Promise<GetIntakeResponse> {
  if (saved) return saved.intake;
  return ask("GetIntake", [GetIntakeRequestSchema, GetIntakeResponseSchema], create(GetIntakeRequestSchema));
}
