// Opens the page in a real Chromium and prints, as JSON, what a reader finds on it: the table's requests, the headline, and what
// each control did. Usage: read.mjs CHROMIUM URL
import { address, faults, overlap, page, rows, settled, tell, words } from "./open.mjs";

const canvas = page.locator("[data-lanes]");

await page.goto(words[0]);
await page.locator("tr[data-trace]").first().waitFor();
const shown = await page.locator("tr[data-trace] th").allInnerTexts();
const found = { rows: await rows(), shown, overlap: await overlap(), bold: await page.locator("b").count() };

await page.locator("select[name=method]").selectOption({ index: 1 });
await address("method=");
await settled(1);
found.ofOneMethod = (await rows()).length;
await page.getByRole("button", { name: "Show every request" }).click();
await settled(found.rows.length);

await page.getByRole("button", { name: "By method" }).click();
await address("group=method");
await page.getByRole("button", { name: "A row each" }).click();
await address("rows=each");

await canvas.focus();
await page.keyboard.press("j");
await address("request=");
await page.locator("[data-attributes] dd").first().waitFor();
found.picked = await page.getByRole("complementary").locator("h2").innerText();
found.attributes = await page.locator("[data-attributes] dd").allInnerTexts();
found.jaeger = await page.getByRole("link", { name: "Its trace in Jaeger" }).getAttribute("href");
await page.keyboard.press("Escape");
await page.waitForFunction(() => !location.search.includes("request="));

// As a link of Jaeger's page has it: by its trace alone.
await page.goto(`${words[0]}&request=${found.rows[1].trace}`);
await page.locator("[data-attributes] dd").first().waitFor();
found.pickedByTrace = await page.getByRole("complementary").locator("h2").innerText();
await canvas.focus();
await page.keyboard.press("Escape");
await page.waitForFunction(() => !location.search.includes("request="));

const before = page.url();
await canvas.hover();
await page.mouse.wheel(0, 120);
await page.waitForFunction((before) => location.href !== before, before);
found.state = await page.locator("[data-state]").innerText();

await page.getByRole("button", { name: "One at a time" }).click();
await address("view=one-at-a-time");
found.serial = await page.getByRole("heading", { name: "One at a time" }).innerText();

await tell({ ...found, faults });
