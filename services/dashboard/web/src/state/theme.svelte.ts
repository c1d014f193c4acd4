// Light or dark, as the reader's system has it; and how many pixels a CSS pixel has.

class Theme {
  dark = $state(false);
  ratio = $state(1);

  constructor() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const read = () => ([this.dark, this.ratio] = [dark.matches, Math.min(3, devicePixelRatio || 1)]);
    read();
    dark.addEventListener("change", read);
    addEventListener("resize", read);
  }
}

let one: Theme | undefined;

export function theme(): Theme {
  return (one ??= new Theme());
}
