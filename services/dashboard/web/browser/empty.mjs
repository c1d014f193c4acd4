// Opens a dashboard that has no spans, and sends it some while the page is looked at. Prints the alerts there were, and the rows that
// came. Usage: empty.mjs CHROMIUM URL SPANS
import { faults, page, rows, tell, words } from "./open.mjs";

const [url, spans] = words;
await page.goto(`${url}?tab=table`);
await page.getByRole("heading", { name: "No spans yet" }).waitFor();
// One question comes after the other: when it asks what is kept again, it has had its answers.
const asked = () => page.waitForResponse((reply) => reply.url().endsWith("/GetIntake"));
await asked();
await asked();
const alerts = await page.getByRole("alert").allInnerTexts();
const sent = await fetch(`${url}v1/traces`, { method: "POST", headers: { "content-type": "application/json" }, body: spans });
await page.locator("tr[data-trace]").first().waitFor();
await page.locator("[data-figure=Overlap]").waitFor();
await tell({ alerts, sent: sent.status, rows: await rows(), faults });
