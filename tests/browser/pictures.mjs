// SPDX-License-Identifier: Apache-2.0
// usage: SLIPWAY=build/release/slipway node tests/browser/pictures.mjs APPS FOLDER [MINUTES]
//
// Makes the pictures of the documentation: each page of the dashboard of the demo's services, whose
// programs are in APPS (build/apps), after some deploys and so many minutes of light traffic (6), in
// light, the edge and the audit in dark, and the overview as a phone shows it.
//
//     pngquant --speed 1 --strip --nofs --ext .png --force FOLDER/*.png
//
// makes them small.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Stack } from "./lib/stack.mjs";

const SOURCES = fileURLToPath(new URL("../../apps/", import.meta.url));
const PAGES = {
  overview: "#/overview",
  edge: "#/edge",
  deploys: "#/deploys/demo",
  logs: "#/logs/demo",
  charts: "#/charts/service/demo/birthday",
  audit: "#/audit",
};
const SIZE = { width: 1280, height: 800 };
const VIEWS = [
  ["", ["overview", "edge", "deploys", "logs", "charts"], { viewport: SIZE }],
  ["-dark", ["edge", "audit"], { viewport: SIZE, colorScheme: "dark" }],
  ["-phone", ["overview"], { viewport: { width: 390, height: 780 } }],
];
const NAMES = ["anna", "ben", "clara", "david", "emma", "felix"];
const SPARKLINE_MS = 65_000;

const [apps, folder, minutes = "6"] = process.argv.slice(2);
if (!folder) throw new Error("usage: node tests/browser/pictures.mjs APPS FOLDER [MINUTES]");

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

function ask(port, method, path, body) {
  return new Promise((done) => {
    const sent = request(
      { host: "127.0.0.1", port, method, path, agent, headers: { "Content-Type": "application/json" } },
      (response) => response.resume().on("end", done),
    );
    sent.on("error", done);
    sent.end(body);
  });
}

/** What the demo's users do, more of it now and less of it then. */
async function use(port, isOver) {
  for (let i = 0; !isOver(); i++) {
    const kind = Math.random();
    const name = NAMES[i % NAMES.length];
    if (kind < 0.55) await ask(port, "GET", `/hello/${name}`);
    else if (kind < 0.65)
      await ask(port, "PUT", `/hello/${name}`, `{"dateOfBirth":"19${50 + (i % 49)}-03-14"}`);
    else if (kind < 0.8) await ask(port, "GET", "/");
    else if (kind < 0.9) await ask(port, "GET", "/api/history");
    else await ask(port, "POST", "/api/draw", "{}");
    await sleep((60 + 35 * Math.sin(Date.now() / 25_000)) * (0.5 + Math.random()));
  }
}

class Story {
  constructor(stack) {
    this.stack = stack;
    this.compose = readFileSync(join(SOURCES, "compose.yaml"), "utf8");
    mkdirSync(join(stack.folder, "generator"));
    mkdirSync(join(stack.folder, "data"));
    copyFileSync(join(SOURCES, "generator/rules.txt"), join(stack.folder, "generator/rules.txt"));
    Object.assign(stack.environment, {
      DEMO_PROGRAMS: resolve(apps),
      DEMO_DATA: join(stack.folder, "data"),
      DEMO_PORT: String(stack.port),
    });
  }

  async up(note, change = (text) => text, status = 0) {
    writeFileSync(join(this.stack.folder, "compose.yaml"), change(this.compose));
    const done = await this.stack.run("up", "--detach", "--note", note);
    if (done.status !== status) throw new Error(`up: ${done.status}\n${done.text}`);
  }

  /** By a person with a token, as the dashboard does it. */
  async deploy(name, body) {
    const { token } = await this.stack.token("operator", name);
    const response = await fetch(`${this.stack.url}v1/projects/demo/deploys`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** A version, the way back from it, one that fails, and one that is right. */
  async tell() {
    const greeting = (text) => (compose) =>
      compose.replace(/birthday\.db"\n/, `birthday.db"\n      GREETING: "${text}"\n`);
    const broken = (compose) =>
      compose.replace(
        /\["[^"]*\/birthday"\]/,
        `["/bin/sh", "-c", "echo 'cannot open birthday.db: no such table: people'; exit 3"]`,
      );

    await sleep(15_000);
    await this.up("greet in two lines", greeting("two"));
    await sleep(10_000);
    const note = "some greetings were cut off";
    await this.deploy("ben", { kind: "rollback", revision: 1, note });
    await sleep(10_000);
    await this.up("move to the new table", broken, 1);
    await sleep(5_000);
    await this.up("greet in two lines, cut nothing", greeting("2"));
    await sleep(5_000);
    const { targets } = await this.stack.ask("GET", "/v1/targets");
    const target = targets.find((one) => one.group === "birthday");
    await this.stack.ask("POST", `/v1/targets/demo%2Fbirthday/${target.id}`, {
      action: "weight",
      weight: 2,
    });
  }
}

async function take(stack, pages) {
  for (const [suffix, names, { page }] of pages) {
    for (const name of names) {
      await page.goto(stack.url + PAGES[name]);
      if (name === "charts") await page.getByRole("button", { name: "5 min", exact: true }).click();
      if (name === "deploys") await page.locator(".deploys a", { hasText: "failed" }).click();
      // A few figures have to come in.
      await sleep(3000);
      await page.screenshot({ path: join(folder, `${name}${suffix}.png`) });
    }
  }
}

mkdirSync(folder, { recursive: true });
const stack = await Stack.start();
let isOver = false;
try {
  const end = Date.now() + Number(minutes) * 60_000;
  const story = new Story(stack);
  await story.up("first version");
  for (let user = 0; user < 2; user++) void use(stack.port, () => isOver);
  await story.tell();
  await sleep(Math.max(0, end - Date.now() - SPARKLINE_MS));
  const pages = [];
  for (const [suffix, names, options] of VIEWS)
    pages.push([suffix, names, await stack.open("operator", "", options)]);
  await sleep(SPARKLINE_MS);
  await take(stack, pages);
} finally {
  isOver = true;
  await stack.stop();
}
