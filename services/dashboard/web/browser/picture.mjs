// Takes the README's picture: the page at 1280 pixels wide, with the requests of some scenarios, sent one after the other.
// Usage: picture.mjs CHROMIUM URL FILE SCENARIO...
import { browser, faults, tell, words } from "./open.mjs";

const [url, path, ...scenarios] = words;
const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, deviceScaleFactor: 2, colorScheme: "light" });
for (const scenario of scenarios) {
  const reply = await fetch(`${url}scenarios/${scenario}`, { method: "POST" });
  if (!reply.ok) throw new Error(`${scenario}: ${await reply.text()}`);
}
await page.goto(url);
await page.locator("[data-state]", { hasText: "Live, quiet" }).waitFor();
await page.locator("[data-figure=Overlap]").waitFor();
// The last spans come, and the last picture of them is drawn.
await page.waitForTimeout(2_000);
const { y, height } = await page.locator(".stage").boundingBox();
await page.screenshot({ path, clip: { x: 0, y: 0, width: 1280, height: Math.ceil(y + height + 24) } });
await tell({ faults });
