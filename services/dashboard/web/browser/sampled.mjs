// What the page says of a window that a sampler left requests out of: from a dashboard, and in a file with the network off.
// Usage: sampled.mjs CHROMIUM URL FILE
import { faults, page, tell, words } from "./open.mjs";

async function found(address) {
  await page.goto(address);
  const label = await page.locator("[data-sampled]").innerText();
  const headline = async (name) => {
    const figure = page.locator(`[data-figure="${name}"]`);
    return [await figure.locator(".value").innerText(), await figure.locator("dd").last().innerText()];
  };
  const overlap = await headline("Overlap");
  const waited = await headline("Waited for");
  await page.getByRole("heading", { name: "Finished out of order" }).waitFor();
  const more = (await page.locator(".figures section").allInnerTexts()).map((text) => text.split("\n"));
  return { label, overlap, waited, more };
}

const [url, file] = words;
const online = await found(url);
// The page that is open would still ask its dashboard, and say that it does not get there.
await page.goto("about:blank");
await page.context().setOffline(true);
const saved = await found(`file://${file}`);
await tell({ online, saved, faults });
