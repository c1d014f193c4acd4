// Times, counts and names as people read them.

const NARROW = "\u202f";

/** A length of time, in milliseconds, with three digits or so. */
export function duration(ms: number): string {
  if (ms < 0.9995) return `${Math.round(ms * 1000)}${NARROW}µs`;
  if (ms < 9.95) return `${ms.toFixed(1)}${NARROW}ms`;
  if (ms < 999.5) return `${Math.round(ms)}${NARROW}ms`;
  if (ms < 59_995) return `${(ms / 1000).toFixed(ms < 9_995 ? 2 : 1)}${NARROW}s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${NARROW}min ${seconds % 60}${NARROW}s`;
  return `${Math.floor(minutes / 60)}${NARROW}h ${minutes % 60}${NARROW}min`;
}

/** A length of time in nanoseconds, whole: milliseconds with three decimals, for tables. */
export function exact(ns: bigint): string {
  const micros = (ns + 500n) / 1000n;
  return `${micros / 1000n}.${String(micros % 1000n).padStart(3, "0")}`;
}

export function ms(ns: bigint): number {
  return Number(ns) / 1e6;
}

/** A count with its thousands apart. */
export function count(number: number | bigint): string {
  return number.toLocaleString("en-US");
}

export function times(factor: number): string {
  return `${factor.toFixed(factor < 9.95 ? 1 : 0)}${NARROW}×`;
}

export function share(part: number, whole: number): string {
  return whole > 0 ? `${Math.round((part / whole) * 100)}${NARROW}%` : "";
}

/** `GetCity` of `cityscape.v1.Cities/GetCity`; other names stay. */
export function short(method: string): string {
  return /^[\w.]+\/\w+$/.test(method) ? method.slice(method.indexOf("/") + 1) : method;
}

export function bytes(number: bigint): string {
  const mib = Number(number) / (1 << 20);
  if (mib < 1) return `${Math.round(mib * 1024)}${NARROW}KiB`;
  return mib < 1024 ? `${mib.toFixed(mib < 10 ? 1 : 0)}${NARROW}MiB` : `${(mib / 1024).toFixed(1)}${NARROW}GiB`;
}
