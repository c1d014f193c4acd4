// Prints what is found under each address: the table's rows and the headline. Usage: rows.mjs CHROMIUM URL...
import { faults, headline, overlap, page, rows, tell, words } from "./open.mjs";

const found = [];
for (const url of words) {
  await page.goto(url);
  await page.locator("tr[data-trace]").first().waitFor();
  await page.locator("[data-figure=Overlap]").waitFor();
  found.push({ rows: await rows(), overlap: await overlap(), headline: await headline() });
}
await tell({ found, faults });
