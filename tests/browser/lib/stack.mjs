// SPDX-License-Identifier: Apache-2.0
// A slipway daemon with folders of its own, a project of small services, and its dashboard.

import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { noBrowser, openPage, startBrowser } from "./browser.mjs";

const APP = fileURLToPath(new URL("app.py", import.meta.url));
const PATIENCE_MS = 30_000;
const DOWN_MS = 15_000;

const slipway = process.env.SLIPWAY;

/** Why these tests cannot run here, for node:test's option `skip`; false where they can. */
export const skip = noBrowser || (slipway ? false : "SLIPWAY names no binary");

/** Below those that the system gives away, to near ends of connections too, and that Slipway does. */
function freePort() {
  const port = 10_000 + Math.floor(Math.random() * 10_000);

  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(freePort()));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(port)));
  });
}

export async function until(condition, what, explain = () => "") {
  const end = Date.now() + PATIENCE_MS;

  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come true\n${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export class Stack {
  constructor(folder, port) {
    this.folder = folder;
    this.port = port;
    this.logPath = join(folder, "log");
    this.pages = [];
    this.environment = {
      PATH: process.env.PATH,
      HOME: folder,
      LC_ALL: "C.UTF-8",
      SLIPWAY_RUNTIME_DIR: join(folder, "run"),
      SLIPWAY_STATE_DIR: join(folder, "state"),
      SLIPWAY_EDGE_THREADS: "1",
    };
  }

  static async start() {
    const stack = new Stack(mkdtempSync(join(tmpdir(), "browser-")), await freePort());
    try {
      await stack.serve();
      await stack.openDashboard();
      stack.browser = await startBrowser();
    } catch (error) {
      await stack.stop();
      throw error;
    }
    return stack;
  }

  log() {
    return existsSync(this.logPath) ? readFileSync(this.logPath, "utf8") : "";
  }

  async serve() {
    const log = openSync(this.logPath, "a");
    const ready = this.log().split("info: ready\n").length;
    this.daemon = spawn(slipway, ["serve", "--drain-timeout", "1s"], {
      cwd: this.folder,
      env: this.environment,
      stdio: ["ignore", log, log],
    });
    this.ended = new Promise((resolve) => this.daemon.on("exit", resolve));
    await until(
      () => this.log().split("info: ready\n").length > ready,
      "the daemon",
      () => this.log(),
    );
  }

  /** Over the socket, as root of it. */
  ask(method, path, body) {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          socketPath: join(this.folder, "run", "control.sock"),
          method,
          path,
          headers: { "Content-Type": "application/json" },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (piece) => (text += piece));
          response.on("end", () => {
            if (response.statusCode < 300) resolve(JSON.parse(text || "null"));
            else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
          });
        },
      );
      sent.on("error", reject);
      sent.end(body === undefined ? "" : JSON.stringify(body));
    });
  }

  /** Somebody else may take a port between looking and using. */
  async openDashboard() {
    for (let tries = 0; ; tries++) {
      const address = `127.0.0.1:${await freePort()}`;
      try {
        await this.ask("PUT", "/v1/dashboard", { address });
        this.url = `http://${address}/`;
        return;
      } catch (error) {
        if (tries === 5) throw error;
      }
    }
  }

  async token(role, name = "anna") {
    return this.ask("POST", "/v1/tokens", { role, name, expires_s: 3600 });
  }

  /** A page with a new token of that role, at that place: "#/edge". */
  async open(role = "operator", place = "", options = {}) {
    const { token } = await this.token(role);
    const opened = await openPage(this.browser, `${this.url}#token=${token}`, options);
    await opened.page.getByText("Live", { exact: true }).waitFor();
    if (place) await opened.page.goto(this.url + place);
    return opened;
  }

  service(answer = "v1", replicas = 2, environment = {}) {
    return {
      command: ["/usr/bin/python3", "-B", APP],
      environment: { STACK: this.folder, ANSWER: answer, ...environment },
      expose: ["8000"],
      deploy: { replicas },
      stop_grace_period: "2s",
      "x-slipway": { runtime: "process" },
    };
  }

  /** With a listener in front of the first service; `rules` come before that. */
  write(services, { deploy, rules } = {}) {
    const groups = Object.keys(services).map((name) => [
      name,
      {
        service: name,
        port: 8000,
        drain: "1s",
        health: { path: "/health", interval: "1s", timeout: "1s", healthy: 1, unhealthy: 1 },
      },
    ]);
    const project = {
      name: "shop",
      services,
      "x-slipway": {
        listeners: {
          web: {
            address: `127.0.0.1:${this.port}`,
            protocol: "http",
            ...(rules ? { rules } : {}),
            default: { forward: Object.keys(services)[0] },
          },
        },
        target_groups: Object.fromEntries(groups),
        ...(deploy ? { deploy } : {}),
      },
    };
    // JSON is YAML.
    writeFileSync(join(this.folder, "compose.yaml"), JSON.stringify(project));
  }

  /** Runs it to its end: its output, and its exit status. */
  run(...words) {
    return new Promise((resolve) => {
      let text = "";
      const child = spawn(slipway, words, { cwd: this.folder, env: this.environment });
      child.stdout.on("data", (piece) => (text += piece));
      child.stderr.on("data", (piece) => (text += piece));
      child.on("close", (status) => resolve({ status, text }));
    });
  }

  async up(services, options) {
    this.write(services, options);
    const { status, text } = await this.run("up", "--detach");
    if (status !== 0) throw new Error(`up: ${status}\n${text}\n${this.log()}`);
  }

  setSick(isSick) {
    const path = join(this.folder, "sick");
    if (isSick) writeFileSync(path, "");
    else rmSync(path, { force: true });
  }

  /** What services with WAITS_FOR in their environment wait for. */
  touch(name) {
    writeFileSync(join(this.folder, name), "");
  }

  say(line) {
    appendFileSync(join(this.folder, "say"), `${line}\n`);
  }

  /** What a request to the project's listener is answered. */
  async answer(path = "/") {
    return (await (await fetch(`http://127.0.0.1:${this.port}${path}`)).text()).trim();
  }

  /** Of a test that failed in the middle of a deploy; how many there were. */
  endLeftovers() {
    const own = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && this.isOwn(name));
    for (const pid of own) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
    return own.length;
  }

  isOwn(pid) {
    const read = (name) => readFileSync(`/proc/${pid}/${name}`, "utf8");
    try {
      return `${read("environ")}\0${read("cmdline")}`.includes(this.folder);
    } catch {
      return false;
    }
  }

  async stop() {
    await this.browser?.close();
    if (this.daemon && this.daemon.exitCode === null) {
      // What it runs would outlive it. A test that failed may have left a deploy that takes long.
      const down = existsSync(join(this.folder, "compose.yaml")) ? this.run("down") : null;
      await Promise.race([down, new Promise((resolve) => setTimeout(resolve, DOWN_MS).unref())]);
      this.daemon.kill("SIGTERM");
      await this.ended;
    }
    await until(() => this.endLeftovers() === 0, "the end of all processes");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A stack for the tests of a file, ended after them. */
export function useStack(test, prepare = async () => undefined) {
  const holder = { stack: null };

  test.before(async () => {
    if (skip) return;
    holder.stack = await Stack.start();
    await prepare(holder.stack);
  });
  test.after(() => holder.stack?.stop());
  return holder;
}
