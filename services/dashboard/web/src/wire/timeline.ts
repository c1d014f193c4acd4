// `meanwhile.v1.Timeline`, as grpcurl sees it too. Times are milliseconds since 1970 on the page, and Timestamps on the wire.

import { create, fromBinary, toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import {
  ExportFormat,
  ExportWindowRequestSchema,
  ExportWindowResponseSchema,
  GetIntakeRequestSchema,
  GetIntakeResponseSchema,
  GetLaneRequestSchema,
  GetLaneResponseSchema,
  GetWindowRequestSchema,
  GetWindowResponseSchema,
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
import { saved } from "./saved";

/** The most lanes that the service gives at once. */
export const MOST_LANES = 10_000;

/** What if the pool had so many connections. */
const POOL_SIZES = [1, 2, 5, 10, 20, 50, 100];

async function ask<A extends DescMessage, B extends DescMessage>(
  method: string,
  schemas: [A, B],
  request: MessageShape<A>,
): Promise<MessageShape<B>> {
  const bytes = await call(`/meanwhile.v1.Timeline/${method}`, toBinary(schemas[0], request));
  return fromBinary(schemas[1], bytes);
}

/** The lanes of a stretch of time, and the requests in flight in it. Without an end it goes on until now. */
export function lanesOf(from: number, to: number | undefined, filter: Filter, steps: number): Promise<GetWindowResponse> {
  return windowOf(from, to, filter, { pageSize: MOST_LANES, steps });
}

/** The figures of a stretch of time: of all its requests, however many lanes are listed. */
export function figuresOf(view: View, filter: Filter): Promise<GetWindowResponse> {
  return windowOf(view.from, view.to, filter, { pageSize: 1, steps: 1, poolSizes: POOL_SIZES });
}

async function windowOf(from: number, to: number | undefined, filter: Filter, more: object): Promise<GetWindowResponse> {
  if (saved) return saved.window(filter);
  return ask("GetWindow", [GetWindowRequestSchema, GetWindowResponseSchema], { ...requestOf(from, to, filter), ...more });
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

/** Milliseconds since 1970. */
export function millis(time: Timestamp | undefined): number {
  return time ? Number(time.seconds) * 1000 + time.nanos / 1e6 : 0;
}

export function timestamp(ms: number): Timestamp {
  const { seconds, nanos } = parts(ms);
  return { $typeName: "google.protobuf.Timestamp", seconds, nanos };
}

/** In whole microseconds: so it is the same again after the way through a number of milliseconds. */
function whole(ms: number): Timestamp {
  const time = timestamp(ms);
  return { ...time, nanos: Math.min(999_999_000, Math.round(time.nanos / 1000) * 1000) };
}

function duration(ms: number): Duration {
  const { seconds, nanos } = parts(ms);
  return { $typeName: "google.protobuf.Duration", seconds, nanos };
}

function parts(ms: number): { seconds: bigint; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.min(999_999_999, Math.round((ms - seconds * 1000) * 1e6)) };
}
