// Puts a scene on a canvas: lanes as pixels, then labels and headings as text. What the bench measures is also there for whoever
// is curious: `meanwhile` in the browser's console.

import { HEADING } from "./geometry";
import { labels, Ruler } from "./labels";
import { paint, type Scene } from "./paint";
import { tiles, word } from "./tiles";

export interface Size {
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
}

interface Paper {
  readonly image: ImageData;
  readonly pixels: Uint32Array;
}

const FAILED = { light: "#b3261e", dark: "#f0857c" };
const INK = { light: ["#1b2127", "#5b656e", "#e3e0d9"], dark: ["#e6e9ec", "#98a2ab", "#2a3036"] };
const FONT = '12px Inter, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif';

const papers = new WeakMap<HTMLCanvasElement, Paper>();
const rulers = new Ruler();

/** How long each of the last drawings took, in milliseconds; and until when there are requests in the very last one. */
const told = { drawn: [] as number[], until: 0 };
Object.assign(globalThis, { meanwhile: told });

export function paper(canvas: HTMLCanvasElement, scene: Scene, size: Size & { dark: boolean }): void {
  const begin = performance.now();
  const [width, height] = [Math.round(size.width * size.ratio), Math.round(size.height * size.ratio)];
  if (width < 1 || height < 1) return;
  const context = fitted(canvas, width, height);
  const { image, pixels } = paperOf(canvas, context, width, height);
  const shade = size.dark ? "dark" : "light";
  paint({ width, height, ratio: size.ratio, pixels }, scene, { tiles: tiles(size.dark, size.ratio), failed: word(FAILED[shade]) });
  context.putImageData(image, 0, 0);
  context.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
  context.font = FONT;
  headings(context, scene, size, INK[shade]);
  names(context, scene, size, INK[shade]);
  context.setTransform(1, 0, 0, 1, 0, 0);
  told.until = scene.lanes.last;
  if (told.drawn.push(performance.now() - begin) > 2_000) told.drawn.splice(0, 1_000);
}

/** The canvas's context, the canvas having as many pixels as the screen. */
export function fitted(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  return canvas.getContext("2d") as CanvasRenderingContext2D;
}

function paperOf(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, width: number, height: number): Paper {
  const had = papers.get(canvas);
  if (had && had.image.width === width && had.image.height === height) return had;
  const image = context.createImageData(width, height);
  const made = { image, pixels: new Uint32Array(image.data.buffer) };
  papers.set(canvas, made);
  return made;
}

function names(context: CanvasRenderingContext2D, scene: Scene, size: Size, [ink, soft]: string[]): void {
  for (const { x, y, room, name, time } of labels(scene, size.width, size.height)) {
    const wide = rulers.width(context, name);
    context.fillStyle = ink;
    if (wide <= room) context.fillText(name, x, y);
    else cut(context, name, x, y, room);
    context.fillStyle = soft;
    if (wide + 7 + rulers.width(context, time) <= room) context.fillText(time, x + wide + 7, y);
  }
}

/** As much of a text as there is room for. */
function cut(context: CanvasRenderingContext2D, text: string, x: number, y: number, room: number): void {
  const fits = Math.floor((text.length * room) / rulers.width(context, text)) - 2;
  if (fits > 1) context.fillText(`${text.slice(0, fits)}…`, x, y);
}

function headings(context: CanvasRenderingContext2D, scene: Scene, size: Size, [ink, soft, line]: string[]): void {
  if (scene.geometry.heading === 0) return;
  scene.rows.groups.forEach((group, number) => {
    const y = scene.geometry.tops[number] - HEADING - scene.scroll;
    if (y + HEADING < 0 || y > size.height) return;
    context.fillStyle = line;
    context.fillRect(0, y + 1, size.width, 1);
    context.fillStyle = ink;
    context.fillText(group.name, 0, y + 17);
    context.fillStyle = soft;
    const wide = rulers.width(context, group.name);
    context.fillText(`${group.lanes}`, wide + 8, y + 17);
  });
}
