// Opens the page in a real Chromium and prints, as JSON, what a reader finds on it: the table's requests, the headline, and what
// each control did. Usage: read.mjs CHROMIUM URL
import { chromium } from "playwright-core";

const [executablePath, url] = process.argv.slice(2);
const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
const browser = await chromium.launch({ executablePath, args });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
const faults = [];
page.on("pageerror", (error) => faults.push(error.message));
page.on("console", (message) => message.type() === "error" && faults.push(message.text()));

const rows = () =>
  page.locator("tr[data-trace]").evaluateAll((rows) =>
    rows.map((row) => ({
      trace: row.dataset.trace,
      method: row.querySelector("th").innerText,
      took: row.querySelector("[data-took]").innerText,
      segments: [...row.querySelectorAll("[data-kind]")].map((part) => [part.dataset.kind, part.querySelector("[data-spent]").innerText]),
    })),
  );
const settled = (count) => page.waitForFunction((count) => document.querySelectorAll("tr[data-trace]").length === count, count);
const address = (text) => page.waitForFunction((text) => location.search.includes(text), text);
const canvas = page.locator("[data-lanes]");

await page.goto(url);
await page.locator("tr[data-trace]").first().waitFor();
const found = { rows: await rows(), overlap: await page.locator("[data-figure=Overlap] .value").innerText(), bold: await page.locator("b").count() };

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
found.picked = await page.getByRole("complementary").locator("h2").innerText();
found.jaeger = await page.getByRole("link", { name: "Its trace in Jaeger" }).getAttribute("href");
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

await browser.close();
console.log(JSON.stringify({ ...found, faults }));
