// A real Chromium with one tab, and what a reader finds in the table of requests.
import { chromium } from "playwright-core";

const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

export const [executablePath, ...words] = process.argv.slice(2);
export const browser = await chromium.launch({ executablePath, args });
export const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
page.setDefaultTimeout(120_000);

/** What went wrong on the page. */
export const faults = [];
page.on("pageerror", (error) => faults.push(error.message));
page.on("console", (message) => message.type() === "error" && faults.push(message.text()));

export const rows = () =>
  page.locator("tr[data-trace]").evaluateAll((rows) =>
    rows.map((row) => ({
      trace: row.dataset.trace,
      method: row.querySelector("th button").title,
      took: row.querySelector("[data-took]").innerText,
      segments: [...row.querySelectorAll("[data-kind]")].map((part) => [part.dataset.kind, part.querySelector("[data-spent]").innerText]),
    })),
  );

export const overlap = () => page.locator("[data-figure=Overlap] .value").innerText();
export const headline = () =>
  page.locator("[data-figure]").evaluateAll((figures) =>
    figures.map((figure) => ({ name: figure.dataset.figure, value: figure.querySelector(".value").innerText, about: figure.querySelector(".soft").innerText })),
  );
export const settled = (count) => page.waitForFunction((count) => document.querySelectorAll("tr[data-trace]").length === count, count);
export const address = (text) => page.waitForFunction((text) => location.search.includes(text), text);

/** Prints what was found, and ends. */
export async function tell(found) {
  await browser.close();
  console.log(JSON.stringify(found));
}
