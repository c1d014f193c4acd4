// A kind's pattern as a square of pixels that is laid over and over. Colours are 32-bit words as a canvas has them in memory
// on a little-endian machine: alpha, blue, green, red.

import { KINDS, type Pattern } from "./kinds";

/** The side of a tile in CSS pixels: what every pattern repeats in. */
const SIDE = 12;

export interface Tile {
  /** One colour alone: it can be filled in one go. */
  readonly solid: boolean;
  readonly colour: number;
  readonly pixels: Uint32Array;
}

export interface Tiles {
  readonly side: number;
  readonly kinds: readonly Tile[];
}

/** True where the pattern, and not the ground, is at this CSS pixel. */
const AT: Record<Pattern, (x: number, y: number) => boolean> = {
  solid: () => false,
  rising: (x, y) => (x + y) % 6 < 2,
  falling: (x, y) => (x - y + SIDE) % 6 < 2,
  crossed: (x, y) => (x + y) % 6 < 1 || (x - y + SIDE) % 6 < 1,
  upright: (x) => x % 4 < 1,
  level: (_, y) => y % 4 < 1,
  dots: (x, y) => (x + (y % 6 < 3 ? 0 : 2)) % 4 < 1 && y % 3 < 1,
  specks: (x, y) => (x + (y % 12 < 6 ? 0 : 3)) % 6 < 1 && y % 6 < 1,
};

const laid = new Map<string, Tiles>();

/** The tiles for a screen with so many pixels a CSS pixel. They are made once: every swatch asks for them. */
export function tiles(dark: boolean, ratio: number): Tiles {
  const name = `${dark} ${ratio}`;
  const found = laid.get(name) ?? made(dark, ratio);
  laid.set(name, found);
  return found;
}

function made(dark: boolean, ratio: number): Tiles {
  const side = Math.max(SIDE, Math.round(SIDE * ratio));
  const kinds = KINDS.map((kind) => {
    const [ground, pattern] = (dark ? kind.dark : kind.light).map(word);
    const at = AT[kind.pattern];
    const pixels = new Uint32Array(side * side);
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const [column, row] = [Math.floor((x * SIDE) / side), Math.floor((y * SIDE) / side)];
        pixels[y * side + x] = at(column, row) ? pattern : ground;
      }
    return { solid: kind.pattern === "solid", colour: ground, pixels };
  });
  return { side, kinds };
}

/** `#rrggbb` as a word. */
export function word(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** A tile as a picture, for legends and curves. */
export function picture(tile: Tile, side: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const data = new ImageData(side, side);
  new Uint32Array(data.data.buffer).set(tile.pixels);
  canvas.getContext("2d")?.putImageData(data, 0, 0);
  return canvas;
}
