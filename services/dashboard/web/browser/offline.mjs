// Takes the window under an address as one file, by the page's own button; then opens that file and another one with the network
// off. Prints what is found on each. Usage: offline.mjs CHROMIUM URL FILE OTHER
import { faults, overlap, page, rows, tell, words } from "./open.mjs";

const [url, file, other] = words;
const headline = () => page.locator(".headline").innerText();
async function found(address) {
  await page.goto(address);
  await page.locator("tr[data-trace]").first().waitFor();
  await page.locator("[data-figure=Overlap]").waitFor();
  const seen = { rows: await rows(), overlap: await overlap(), headline: await headline() };
  await page.locator("[data-lanes]").focus();
  await page.keyboard.press("j");
  await page.locator("[data-attributes] dd").first().waitFor();
  const attributes = await page.locator("[data-attributes] dd").allInnerTexts();
  await page.keyboard.press("Escape");
  return { ...seen, attributes };
}

const online = await found(url);
await page.locator("summary", { hasText: "Export" }).click();
const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Page, one file" }).click()]);
await download.saveAs(file);

// The page that is open would still ask its dashboard, and say that it does not get there.
await page.goto("about:blank");
await page.context().setOffline(true);
const asked = [];
page.on("request", (request) => asked.push(request.url()));
const saved = await found(`file://${file}`);
const state = await page.locator("[data-state]").innerText();
await page.getByRole("button", { name: "One at a time" }).click();
await page.getByRole("heading", { name: "One at a time" }).waitFor();
await page.goto(`file://${other}`);
await page.locator("[data-figure=Overlap]").waitFor();
await page.getByRole("tab", { name: "Table" }).click();
await page.locator("tr[data-trace]").first().waitFor();
const exported = { rows: await rows(), overlap: await overlap() };
await tell({ online, saved, state, exported, asked: asked.filter((url) => !/^(file|blob|data):/.test(url)), faults });
