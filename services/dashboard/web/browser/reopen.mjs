// Opens a file of spans on a dashboard that has none, pins what is seen, and lets it go. Prints the rows that are found, and how many
// windows were pinned then. Usage: reopen.mjs CHROMIUM URL FILE
import { faults, overlap, page, rows, tell, words } from "./open.mjs";

const [url, file] = words;
await page.goto(`${url}?tab=table`);
await page.locator("input[type=file]").setInputFiles(file);
await page.locator("tr[data-trace]").first().waitFor();
await page.locator("[data-figure=Overlap]").waitFor();
const found = { rows: await rows(), overlap: await overlap() };
await page.getByRole("button", { name: "Pin", exact: true }).click();
await page.locator("[data-pinned]").waitFor();
const pinned = await page.locator("[data-pinned]").count();
await page.getByRole("button", { name: "let it go" }).click();
await page.locator("[data-pinned]").waitFor({ state: "detached" });
await tell({ ...found, pinned, faults });
