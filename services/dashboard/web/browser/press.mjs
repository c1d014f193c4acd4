// Presses the page's send buttons, first from a page of another origin. Prints how that one fared, and of each
// scenario the address under which its requests are seen. Usage: press.mjs CHROMIUM URL SCENARIO:REQUESTS...
import { createServer } from "node:http";
import { address, browser, executablePath, faults, page, settled, tell, words } from "./open.mjs";

const [url, ...scenarios] = words;
const name = (scenario) => scenario.split(":")[0];

// Chromium itself keeps pages of the internet away from loopback: this one is of loopback too.
const elsewhere = createServer((_, reply) => reply.setHeader("content-type", "text/html").end("<form method=post></form>"));
await new Promise((listening) => elsewhere.listen(0, "127.0.0.1", listening));
const foreign = `http://127.0.0.1:${elsewhere.address().port}/`;
const target = `${url}scenarios/${name(scenarios[0])}`;
const stranger = await browser.newPage();
const press = ([target, mode]) => fetch(target, { method: "POST", mode }).then((reply) => reply.type, (error) => error.name);
const submit = (form, action) => ((form.action = action), form.submit());
const outcomes = [];
for (const mode of ["cors", "no-cors"]) {
  await stranger.goto(foreign);
  outcomes.push(await stranger.evaluate(press, [target, mode]));
}
const [reply] = await Promise.all([stranger.waitForResponse(target), stranger.locator("form").evaluate(submit, target)]);
outcomes.push(reply.status());
await stranger.close();
elsewhere.close();

await page.goto(`${url}?tab=table`);
const seen = {};
for (const scenario of scenarios) {
  const button = page.locator(`[data-scenario=${name(scenario)}]`);
  await button.click();
  await page.locator("[data-scenario]:enabled").first().waitFor();
  const requests = Number(scenario.split(":")[1]);
  // It rests when nothing comes any more. Where something came just then, it is not at rest: once more.
  do {
    await page.keyboard.press("l");
    await settled(requests);
    await page.locator("[data-state]", { hasText: "Live, quiet" }).waitFor();
    await page.keyboard.press("p");
    await address("to=");
  } while ((await page.locator("tr[data-trace]").count()) !== requests);
  seen[name(scenario)] = { address: page.url(), about: await page.locator(".about").innerText() };
  await page.keyboard.press("l");
}
await tell({ outcomes, seen, faults });
