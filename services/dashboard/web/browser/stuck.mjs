// Waits until the page's table has a request of each method that still runs and spends time on that kind, whose time grows while
// it is looked at. Usage: stuck.mjs CHROMIUM URL METHOD:KIND...
import { faults, page, tell, words } from "./open.mjs";

const [url, ...wanted] = words;
await page.goto(url);
for (const [method, kind] of wanted.map((one) => one.split(":"))) {
  const row = page.locator("tr[data-trace]", { hasText: method }).filter({ hasText: "running" }).filter({ has: page.locator(`[data-kind=${kind}]`) });
  await row.first().waitFor();
  const took = await row.first().locator("[data-took]").innerText();
  await page.waitForFunction(
    ([method, took]) =>
      [...document.querySelectorAll("tr[data-trace]")].some((row) => row.innerText.includes(method) && Number(row.querySelector("[data-took]").innerText) > took),
    [method, Number(took)],
  );
}
await tell({ faults });
