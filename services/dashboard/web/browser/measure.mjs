// Measures the page with the lanes that a dashboard has: the first picture, live and of a window, and how long the dashboard took
// for its lanes; each drawing while that is moved and zoomed; and how long after the reply to a call its lane is drawn, live.
// Prints milliseconds, and the script's bytes, packed.
// Usage: measure.mjs CHROMIUM DASHBOARD GATEWAY QUERY
import { connect } from "node:http2";
import { gzipSync } from "node:zlib";
import { browser, faults, tell, words } from "./open.mjs";

const [dashboard, gateway, query] = words;
const CALLS = 5;
const MOVES = 80;

/** A tab that has nothing cached, and when its first lanes were to be seen: in the frame after the one that drew them. */
async function opened(url) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on("pageerror", (error) => faults.push(error.message));
  await page.addInitScript(() => {
    globalThis.pictured = new Promise((pictured) => {
      const seen = () => requestAnimationFrame(() => pictured(performance.now()));
      (function look() {
        if (globalThis.meanwhile?.until > 0) seen();
        else requestAnimationFrame(look);
      })();
    });
  });
  await page.goto(url);
  const first = await page.evaluate(() => globalThis.pictured);
  // The dashboard's share of it: from the question for the lanes to the end of its reply.
  const asked = await page.evaluate(() => {
    const questions = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/GetWindow"));
    return questions[0].duration;
  });
  const lanes = parseInt(await page.locator("[data-lanes]").getAttribute("aria-label"), 10);
  return { page, first, asked, lanes };
}

/** `GetCity {id: 1857910}`, by gRPC: when it was sent, and when it was answered. */
async function called(session) {
  const headers = { ":method": "POST", ":path": "/cityscape.v1.Cities/GetCity", "content-type": "application/grpc", te: "trailers" };
  const sent = Date.now();
  const stream = session.request(headers);
  const status = new Promise((ended, failed) => stream.on("trailers", (trailers) => ended(trailers["grpc-status"])).on("error", failed));
  stream.end(Uint8Array.of(0, 0, 0, 0, 4, 0x08, 0xf6, 0xb2, 0x71));
  stream.resume();
  if ((await status) !== "0") throw new Error(`GetCity: ${await status}`);
  return { sent, answered: Date.now() };
}

/** How long after the reply the call is drawn. */
async function drawnAfter(page, session) {
  const { sent, answered } = await called(session);
  const drawn = (sent) =>
    new Promise((drawn) => {
      (function look() {
        requestAnimationFrame(() => (globalThis.meanwhile.until >= sent ? drawn(Date.now()) : look()));
      })();
    });
  return (await page.evaluate(drawn, sent)) - answered;
}

/** How long each drawing takes while the lanes are moved and zoomed by the wheel. */
async function moved(page) {
  await page.locator("[data-lanes]").hover();
  await page.evaluate(() => (globalThis.meanwhile.drawn.length = 0));
  for (let move = 0; move < MOVES; move++) await page.mouse.wheel(0, move % 40 < 20 ? 40 : -40);
  await page.keyboard.down("Control");
  for (let move = 0; move < MOVES; move++) await page.mouse.wheel(0, move % 40 < 20 ? -40 : 40);
  await page.keyboard.up("Control");
  return page.evaluate(() => globalThis.meanwhile.drawn);
}

const built = await fetch(`${dashboard}page.js`);
if (!built.ok) throw new Error("this program was built without the page: `make page`, and cargo takes it in");
const script = gzipSync(Buffer.from(await built.arrayBuffer())).length;
// A browser that has just started is busy with itself: it is measured what one takes that has shown a page before.
await (await opened(dashboard)).page.close();
const live = await opened(dashboard);
const session = connect(gateway);
const after = [];
for (let call = 0; call < CALLS; call++) {
  after.push(await drawnAfter(live.page, session));
  // Not always at the same moment between two looks of the page.
  await live.page.waitForTimeout(call * 90);
}
session.close();
await live.page.close();

const window = await opened(`${dashboard}${query}`);
const drawn = await moved(window.page);
await window.page.getByRole("button", { name: "A row each" }).click();
drawn.push(...(await moved(window.page)));
const lanes = Math.min(live.lanes, window.lanes);
const asked = [live.asked, window.asked];
await tell({ first: [live.first, window.first], asked, lanes, drawn, after, script, faults });
