// The lecture's three requests in Node: while one waits, the others run. Nothing of OpenTelemetry's is in it.

const http = require("node:http");
const { Client } = require("pg");

const { DATABASE_URL, ALMANAC_URL, PORT = "5000" } = process.env;

async function askDatabase() {
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  await client.query("SELECT pg_sleep(0.3)");
  await client.end();
}

async function askAlmanac() {
  const reply = await fetch(`${ALMANAC_URL}/daylight`);
  await reply.text();
}

const answers = {
  "/city": askDatabase,
  "/overview": () => askDatabase().then(askAlmanac),
  "/daylight": askAlmanac,
};

http
  .createServer(async (request, response) => {
    await answers[request.url]?.();
    response.end("{}");
  })
  .listen(Number(PORT), "127.0.0.1");
