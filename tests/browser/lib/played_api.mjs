// SPDX-License-Identifier: Apache-2.0
// An API of any size that is only played: what the dashboard is measured against, as nobody wants
// to start 200 instances for that. What the dashboard does is tested against the real one.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const DIST = new URL("../../../web/dist/", import.meta.url);
const FILES = {
  "/": ["index.html", "text/html"],
  "/app.js": ["app.js", "text/javascript"],
  "/app.css": ["app.css", "text/css"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
};
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const id = (number) => number.toString(16).padStart(16, "0");

function makeWorld({ services: count, replicas }) {
  const projects = [];
  const world = { projects, instances: [], groups: [], targets: [], listeners: [] };

  for (let s = 0; s < count; s++) {
    const number = Math.floor(s / 10);
    const project = (projects[number] ??= {
      name: `project${number}`,
      state: "served",
      error: null,
      revision: 3,
      newest: 3,
      down: false,
      deploy: null,
      listeners: 1,
      groups: 0,
      services: [],
    });
    const name = `service${s}`;
    const group = {
      id: id(1000 + s),
      project: project.name,
      name,
      service: name,
      algorithm: "least_outstanding",
      targets: [],
    };
    for (let r = 1; r <= replicas; r++) {
      const instance = `${project.name}-${name}-${r}`;
      const target = id(100000 + s * 100 + r);
      world.instances.push({
        id: `i${s}x${r}`,
        name: instance,
        service: name,
        number: r,
        runtime: "process",
        state: "running",
        health: "",
        edge: "serving",
        revision: 3,
        started: (Date.now() - 3600e3) * 1e6,
        exit_code: 0,
        restarts: 0,
        project: project.name,
      });
      world.targets.push({
        id: target,
        project: project.name,
        group: name,
        address: `127.0.0.1:${20000 + s * 100 + r}`,
        weight: 1,
        state: "healthy",
        reason: "passed",
        description: "Health checks passed",
        since: new Date().toISOString(),
        instance,
        service: name,
      });
      group.targets.push(target);
    }
    project.groups++;
    project.services.push({
      name,
      runtime: "process",
      replicas,
      running: replicas,
      ready: replicas,
      state: "ok",
      trouble: null,
      groups: [group.id],
      image: "",
    });
    world.groups.push(group);
  }
  world.listeners = projects.map((project, number) => ({
    id: id(10 + number),
    name: "web",
    address: `127.0.0.1:${8080 + number}`,
    protocol: "http",
    projects: [project.name],
    rules: [
      ...world.groups
        .filter((group) => group.project === project.name)
        .map((group) => ({
          name: group.name,
          when: `path /${group.name}/*`,
          action: { kind: "forward", groups: [{ id: group.id, weight: 1 }] },
        })),
      { name: "default", when: "", action: { kind: "respond", text: "404 nothing here" } },
    ],
  }));
  return world;
}

function makeRates(world) {
  const items = {};
  const one = (requests) => [
    requests,
    Math.random() < 0.02 ? 1 : 0,
    800 + Math.random() * 400,
    1500 + Math.random() * 900,
    3000 + Math.random() * 2000,
    2,
    8,
    10000,
    50000,
  ];

  for (const group of world.groups) {
    const rate = 20 + Math.random() * 200;
    items[group.id] = one(rate);
    for (const target of group.targets) items[target] = one(rate / group.targets.length);
  }
  for (const listener of world.listeners) items[listener.id] = one(800 + Math.random() * 100);
  return { time: Date.now(), items };
}

function makeUsage(world) {
  return {
    time: Date.now(),
    items: Object.fromEntries(
      world.instances.map((instance) => [
        instance.id,
        [Math.random() * 40, (20 + Math.random() * 10) * 2 ** 20, 0],
      ]),
    ),
  };
}

function makeHistory(world) {
  const many = (low, high) => Array.from({ length: 720 }, () => low + Math.random() * (high - low));
  return {
    step_s: 5,
    end: Date.now(),
    series: [
      ...world.groups.map((group) => ({
        kind: "group",
        id: group.id,
        name: group.name,
        project: group.project,
        requests: many(50, 90),
        errors: many(0, 1),
        p50_us: many(700, 900),
        p95_us: many(1500, 2500),
        p99_us: many(3000, 6000),
      })),
      ...world.groups.map((group) => ({
        kind: "service",
        id: group.name,
        name: group.name,
        project: group.project,
        service: group.name,
        cpu_percent: many(10, 60),
        memory_bytes: many(60e6, 80e6),
      })),
    ],
  };
}

function play(world, request, response, streams) {
  const send = (name, data) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);

  response.writeHead(200, { "Content-Type": "text/event-stream" });
  send("session", { version: "0", name: "anna", role: "admin", expires: null, now: Date.now() });
  send("projects", { projects: world.projects });
  send("instances", { whole: true, instances: world.instances });
  send("edge", {
    generation: 1,
    listeners: world.listeners,
    groups: world.groups,
    targets: world.targets,
  });
  send("usage", makeUsage(world));
  streams.add(send);
  const timers = [
    setInterval(() => send("rates", makeRates(world)), 1000),
    setInterval(() => send("usage", makeUsage(world)), 5000),
  ];
  request.on("close", () => {
    timers.forEach(clearInterval);
    streams.delete(send);
  });
}

/** `answers`: by path, what else GET answers. */
export async function startPlayedApi({ services = 50, replicas = 4, answers = {} } = {}) {
  const world = makeWorld({ services, replicas });
  const streams = new Set();
  const api = { world, tag: '"files"' };
  const server = createServer((request, response) => {
    const path = request.url.split("?")[0];
    const file = FILES[path];
    response.setHeader("Content-Security-Policy", POLICY);
    if (file) {
      response.setHeader("Content-Type", file[1]);
      response.setHeader("ETag", api.tag);
      response.end(readFileSync(new URL(file[0], DIST)));
    } else if (path === "/v1/live") {
      play(world, request, response, streams);
    } else {
      const answer = path === "/v1/history" ? makeHistory(world) : answers[path];
      response.statusCode = answer ? 200 : 404;
      response.end(
        typeof answer === "string"
          ? answer
          : JSON.stringify(answer ?? { error: { message: `there is no ${path}` } }),
      );
    }
  });

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(api, {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** An event of the live stream, to every page that has it open. */
    send: (name, data) => streams.forEach((send) => send(name, data)),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
}
