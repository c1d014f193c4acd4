// Sends the window that is seen to Jaeger and prints what the page says of it, and how a page of another origin fares that
// asks for the same. Usage: send.mjs CHROMIUM URL
import { faults, page, settled, tell, words } from "./open.mjs";

const [url] = words;
const headers = { origin: "http://elsewhere.example", "content-type": "application/grpc-web+proto" };
const asked = new URL("/meanwhile.v1.Timeline/SendWindow", url);
const stranger = await fetch(asked, { method: "POST", headers, body: new Uint8Array(5) });

await page.goto(url);
await settled(2);
await page.getByText("Export", { exact: true }).click();
await page.getByRole("button", { name: "As one trace, to Jaeger" }).click();
const link = page.getByRole("link", { name: "see them overlap" });
await link.waitFor();
const said = await page.locator(".jaeger p").innerText();
await tell({ stranger: stranger.status, said, link: await link.getAttribute("href"), faults });
