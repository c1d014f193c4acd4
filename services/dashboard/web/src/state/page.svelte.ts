// What the page shows, and how it follows the newest. Of a stretch of time that is looked at two questions are asked: one for the
// lanes, with more time on both sides so that there is something to pan to, and one for the figures of exactly what is seen.

import type { ExportFormat, GetIntakeResponse, GetWindowResponse, SendWindowResponse } from "../gen/meanwhile/v1/timeline_pb";
import { isQuiet, lastBurst, QUIET } from "../lanes/burst";
import { extent, NONE, type Lanes } from "../lanes/model";
import { mostAtOnce } from "../lanes/most";
import { arrange, type How, type Kept, type Rows } from "../lanes/rows";
import { between, length, widened, zoom, type View } from "../time/axis";
import type { Window } from "../wire/lanes";
import { saved } from "../wire/saved";
import { millis } from "../wire/time";
import { exportOf, figuresOf, intake, pin, sendWindow, windowOf } from "../wire/timeline";
import type { Filter } from "./filter";
import { keep, opened } from "./files";
import { Sending } from "./sending.svelte";
import { inJaeger, settings, type Settings } from "./settings";
import { read, written, type Looked, type Picked, type Tab } from "./url";

/** The least between two questions for news; and how long it waits after a view was moved. */
const POLL = 250;
const SETTLE = 120;

/** How much is seen at once while the newest is followed, if nobody says. */
const FOLLOWED = 20_000;

/** So long after the last span, nobody expects another one. */
const LONG_QUIET = 60_000;

/** Steps of the curves in what is seen. */
const STEPS = 240;

/** The figures of a stretch of time. */
export interface Told {
  readonly view: View;
  readonly reply: GetWindowResponse;
  /** The most lanes at once. */
  readonly most: number;
}

export class Page {
  live = $state(true);
  /** Live, but nothing comes: the last requests are shown, and stand still. */
  resting = $state(false);
  view = $state.raw<View>({ from: Date.now() - FOLLOWED, to: Date.now() });
  filter = $state.raw<Filter>(read("").filter);
  how = $state.raw<How>(read("").how);
  serial = $state(false);
  tab = $state<Tab>("figures");
  picked = $state.raw<Picked | undefined>();

  lanes = $state.raw<Lanes>(NONE);
  rows = $state.raw<Rows>(arrange(NONE, read("").how).rows);
  /** Of the lanes: their number, and the requests in flight. */
  reply = $state.raw<GetWindowResponse | undefined>();
  told = $state.raw<Told | undefined>();
  intake = $state.raw<GetIntakeResponse | undefined>();
  fault = $state("");
  settings = $state.raw<Settings | undefined>();
  /** Every method that was seen, for the filter. */
  methods = $state.raw<readonly string[]>([]);

  /** What was sent to Jaeger last. */
  sent = $state.raw<SendWindowResponse | undefined>();

  readonly sending = new Sending();

  #kept: Kept = new Map();
  #followed = FOLLOWED;
  #received = -1n;
  #running = 0;
  /** How far the server's clock is ahead of ours. */
  #ahead = 0;
  #question = 0;
  /** The trace whose request is picked once it is there. */
  #wanted: string | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor(query: string) {
    this.#look(read(query || (saved?.view ?? "")));
    settings().then(
      (settings) => (this.settings = settings),
      () => undefined,
    );
  }

  /** Everything that the address has. */
  get query(): string {
    const { filter, how, serial, tab, picked } = this;
    return written({ ...(this.live ? {} : { view: this.view }), filter, how, serial, tab, ...(picked ? { picked } : {}) });
  }

  /** Back to what an address says. */
  go(query: string): void {
    this.#look(read(query));
    this.#ask();
  }

  #look(looked: Looked): void {
    this.live = !looked.view && !saved;
    this.resting = false;
    const all = saved && extent(saved.window(looked.filter).lanes);
    const view = looked.view ?? (all && widened(between(all.from, all.to), 0.02, 0.08));
    if (view) this.view = view;
    ({ filter: this.filter, how: this.how, serial: this.serial, tab: this.tab, picked: this.picked } = looked);
    [this.#received, this.#wanted] = [-1n, looked.traceId];
  }

  /** The server's clock. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Asks for news as long as the page is open, and is seen. */
  async follow(): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      const begin = performance.now();
      if (!document.hidden) await this.#tried(() => this.#news());
      // Who takes long is asked less often. At first it is the page itself that does.
      await pause(Math.max(POLL, isFirst ? 0 : performance.now() - begin));
    }
  }

  async #tried(step: () => Promise<void>): Promise<void> {
    try {
      await step();
      this.fault = "";
    } catch (error) {
      this.fault = error instanceof TypeError ? "The dashboard does not answer." : String((error as Error).message);
    }
  }

  async #news(): Promise<void> {
    // The first picture waits for nothing else.
    const isFirst = !this.reply;
    const kept = intake().then((kept) => (this.intake = kept));
    const [{ received, running }] = await Promise.all([kept, isFirst ? this.#picture() : undefined]);
    // What is in flight changes by itself, and once more when it ends.
    const isNew = received !== this.#received || running + this.#running > 0;
    this.#running = running;
    const isShown = isFirst && this.lanes.count > 0;
    if (this.live && !isShown && (isNew || !this.resting)) {
      this.#received = received;
      await this.#newest();
    }
  }

  /** The newest requests: those of the last seconds, or where it is quiet, the last ones there were. */
  async #newest(): Promise<void> {
    const [question, now, kept] = [++this.#question, this.now(), this.intake];
    const last = millis(kept?.endTime);
    // As long as nobody knows, it is not.
    const quiet = !kept || kept.running > 0 ? 0 : now - last;
    const newest = quiet > QUIET ? last : now;
    const window = await windowOf(Math.max(0, newest - this.#followed), quiet > LONG_QUIET ? last + 0.001 : undefined, this.filter, STEPS);
    if (question !== this.#question || !this.live || (!kept && window.lanes.count === 0)) return;
    if (quiet <= LONG_QUIET) this.#ahead = millis(window.reply.endTime) - Date.now();
    const burst = isQuiet(window.lanes, this.now()) ? lastBurst(window.lanes) : undefined;
    this.resting = burst !== undefined;
    if (burst) {
      // A picture at once; its figures, and finer curves, a moment later.
      const view = widened(between(burst.from, burst.to), 0.02, 0.08);
      this.view = view;
      this.#show(window);
      const reply = await figuresOf(view, this.filter, STEPS);
      if (question !== this.#question) return;
      this.reply = reply;
      this.#tell(view, reply);
      return;
    }
    this.view = { from: this.now() - this.#followed, to: this.now() };
    this.#show(window);
    this.#tell(this.view, window.reply);
    if (window.reply.totalSize > window.lanes.count) this.#followed = Math.max(500, this.#followed / 2);
  }

  /** The picture of a stretch of time, and then its figures. */
  async #load(view: View): Promise<void> {
    const question = ++this.#question;
    const around = widened(view, 1, 1);
    const wide = await windowOf(Math.max(0, around.from), around.to, this.filter, 3 * STEPS);
    const isCut = wide.reply.totalSize > wide.lanes.count;
    const window = isCut ? await windowOf(view.from, view.to, this.filter, STEPS) : wide;
    if (question !== this.#question) return;
    this.#show(window);
    const figures = isCut ? window.reply : await figuresOf(view, this.filter, 1);
    if (question === this.#question) this.#tell(saved?.time() ?? view, figures);
  }

  #show({ lanes, reply }: Window): void {
    [this.lanes, this.reply] = [lanes, reply];
    this.#arrange();
    this.#pickWanted();
    const methods = new Set([...this.methods, ...lanes.method]);
    if (methods.size > this.methods.length && methods.size < 2_000) this.methods = [...methods].sort();
  }

  #tell(view: View, reply: GetWindowResponse): void {
    this.told = { view, reply, most: mostAtOnce(this.lanes, view) };
  }

  #arrange(): void {
    const { rows, kept } = arrange(this.lanes, this.how, this.#kept);
    [this.rows, this.#kept] = [rows, kept];
  }

  #ask(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#tried(() => this.#picture()), SETTLE);
  }

  #picture(): Promise<void> {
    return this.live ? this.#newest() : this.#load(this.view);
  }

  /** Looks at this stretch of time, and no longer at the newest. */
  look(view: View): void {
    [this.live, this.resting, this.view] = [false, false, view];
    this.#ask();
  }

  /** Opens a file of spans, and looks at them. */
  async open(file: Blob): Promise<void> {
    await this.#tried(async () => {
      const view = await opened(file);
      this.intake = await intake();
      this.look(widened(view, 0.02, 0.08));
    });
  }

  /** Keeps the window that is seen, however much comes after it. */
  async pin(): Promise<void> {
    const view = this.told?.view ?? this.view;
    await this.#pinned(view, true);
    this.look(view);
  }

  unpin(view: View): Promise<void> {
    return this.#pinned(view, false);
  }

  async #pinned(view: View, isPinned: boolean): Promise<void> {
    await this.#tried(async () => {
      await pin(view, isPinned);
      this.intake = await intake();
    });
  }

  /** The windows that are kept. */
  get pins(): View[] {
    return (this.intake?.pinned ?? []).map(({ startTime, endTime }) => ({ from: millis(startTime), to: millis(endTime) }));
  }

  /** The window that is seen, as a file that the reader keeps. */
  async take(format: ExportFormat): Promise<void> {
    await this.#tried(async () => {
      const query = written({ view: this.view, filter: this.filter, how: this.how, serial: this.serial, tab: this.tab });
      const file = await exportOf(this.view, this.filter, format, query);
      keep(file.content, file.fileName);
    });
  }

  /** Has the window that is seen sent to Jaeger, as one trace. */
  async send(): Promise<void> {
    this.sent = undefined;
    await this.#tried(async () => {
      this.sent = await sendWindow(this.view, this.filter);
    });
  }

  /** Closer or farther. While the newest is followed, it still is. */
  zoom(factor: number, at?: number): void {
    if (this.live && !this.resting && at === undefined) {
      this.#followed = Math.min(600_000, Math.max(500, this.#followed / factor));
      this.#ask();
    } else {
      this.look(zoom(this.view, factor, at ?? (this.view.from + this.view.to) / 2));
    }
  }

  /** All that is here. */
  fit(): void {
    const all = extent(this.lanes);
    if (all) this.look(widened(between(all.from, all.to), 0.02, 0.08));
  }

  pause(): void {
    if (this.live) [this.live, this.resting] = [false, false];
    else this.follows();
  }

  follows(): void {
    if (saved) return;
    [this.live, this.resting, this.#received] = [true, false, -1n];
    this.#followed = FOLLOWED;
    this.#ask();
  }

  /** While the newest is followed, the view moves on by itself. Gives whether it did. */
  tick(): boolean {
    if (!this.live || this.resting || !this.reply) return false;
    const to = this.now();
    this.view = { from: to - length(this.view), to };
    return true;
  }

  filtered(filter: Partial<Filter>): void {
    this.filter = { ...this.filter, ...filter };
    this.resting = false;
    this.#kept = new Map();
    this.#ask();
  }

  arranged(how: Partial<How>): void {
    this.how = { ...this.how, ...how };
    this.#kept = new Map();
    this.#arrange();
  }

  pick(picked: Picked | undefined): void {
    this.picked = picked && { traceId: picked.traceId, spanId: picked.spanId };
  }

  #pickWanted(): void {
    const wanted = this.#wanted;
    const found = wanted === undefined ? -1 : this.lanes.keys.findIndex((key) => key.startsWith(wanted));
    if (found >= 0) this.pick(this.lanes.whole(found));
    this.#wanted = undefined;
  }

  /** Where a trace is on Jaeger's page. */
  jaeger({ traceId, spanId }: { traceId: string; spanId?: string }): string | undefined {
    return inJaeger(this.settings, traceId, spanId);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
