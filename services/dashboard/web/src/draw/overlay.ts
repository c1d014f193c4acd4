// What lies over the lanes: a frame around the picked one, arrows to whom it waited for, and the stretch that is dragged.

import { arrows, box, type Arrow } from "./hit";
import type { Scene } from "./paint";
import { fitted, type Size } from "./paper";

export interface Over {
  readonly size: Size;
  readonly picked: number | undefined;
  readonly over: number | undefined;
  readonly drag: { readonly x: number; readonly to: number } | undefined;
}

export function overlay(canvas: HTMLCanvasElement, scene: Scene, over: Over): void {
  const { width, height, ratio } = over.size;
  const context = fitted(canvas, Math.round(width * ratio), Math.round(height * ratio));
  const style = getComputedStyle(canvas);
  const [accent, ink] = ["--accent", "--ink"].map((name) => style.getPropertyValue(name).trim());
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  if (over.drag) stretch(context, over.drag, height, accent);
  if (over.over !== undefined && over.over !== over.picked) framed(context, scene, width, over.over, ink, 1);
  if (over.picked === undefined) return;
  framed(context, scene, width, over.picked, accent, 2);
  for (const arrow of arrows(scene, width, over.picked)) {
    framed(context, scene, width, arrow.blocker, ink, 1);
    drawn(context, arrow, ink);
  }
}

function framed(context: CanvasRenderingContext2D, scene: Scene, width: number, lane: number, colour: string, line: number): void {
  const { left, right, top, bottom } = box(scene, width, lane);
  context.strokeStyle = colour;
  context.lineWidth = line;
  const out = 1.5 + line / 2;
  context.strokeRect(left - out, top - out, Math.max(2, right - left) + 2 * out, bottom - top + 2 * out);
}

function stretch(context: CanvasRenderingContext2D, { x, to }: { x: number; to: number }, height: number, colour: string): void {
  context.globalAlpha = 0.14;
  context.fillStyle = colour;
  context.fillRect(Math.min(x, to), 0, Math.abs(to - x), height);
  context.globalAlpha = 1;
  for (const edge of [x, to]) context.fillRect(edge, 0, 1, height);
}

/** A curve with a head where it ends, and a dot where it begins. */
function drawn(context: CanvasRenderingContext2D, { from, to }: Arrow, colour: string): void {
  const up = to.y < from.y ? -1 : 1;
  const bend = Math.min(40, Math.abs(to.y - from.y) / 2 + 6) * up;
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.bezierCurveTo(from.x, from.y + bend, to.x, to.y - bend, to.x, to.y - 6 * up);
  context.stroke();
  context.beginPath();
  context.arc(from.x, from.y, 2.5, 0, 7);
  context.moveTo(to.x, to.y);
  context.lineTo(to.x - 4.5, to.y - 8 * up);
  context.lineTo(to.x + 4.5, to.y - 8 * up);
  context.fill();
}
