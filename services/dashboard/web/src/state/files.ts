// Files that the reader keeps.

/** Has the browser save bytes under a name. */
export function keep(bytes: Uint8Array, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // It is read by then, or soon is.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
