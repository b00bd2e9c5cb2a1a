// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { noBrowser as skip, openPage, startBrowser } from "./lib/browser.mjs";
import { startPlayedApi } from "./lib/played_api.mjs";

const EVIL = '<img src=x onerror="fetch(`//example.com`)"><script>throw 1</script>';

/** Every text that the server tells, made evil; ids and states stay what they are. */
function spoil(world) {
  const [project] = world.projects;
  const [service] = project.services;
  const [rule] = world.listeners[0].rules;
  Object.assign(service, { state: "failed", trouble: EVIL, runtime: EVIL });
  Object.assign(project, { error: EVIL, state: EVIL });
  project.deploy = { id: 1, kind: EVIL, author: EVIL, state: "running", started: null, to: 4 };
  for (const instance of world.instances) Object.assign(instance, { name: EVIL, state: EVIL });
  Object.assign(rule, { name: EVIL, when: EVIL });
  Object.assign(world.listeners[0], { name: EVIL, protocol: EVIL });
  Object.assign(world.groups[0], { algorithm: EVIL });
  for (const target of world.targets)
    Object.assign(target, { instance: EVIL, state: "unhealthy", description: EVIL, address: EVIL });
}

function answersWith(time) {
  const event = (sequence, fields) => ({
    time,
    project: "project0",
    deploy: 1,
    sequence,
    ...fields,
  });
  const steps = [{ id: 1, step: EVIL, service: EVIL, name: EVIL, wave: 1, reason: EVIL }];
  const events = [
    event(1, { type: "plan", steps }),
    event(2, { type: "step", id: 1, name: EVIL, state: "failed", message: EVIL }),
    event(3, { type: "note", text: EVIL }),
    event(4, { type: "change", text: EVIL }),
    event(5, { type: "result", state: "failed", message: EVIL, name: EVIL, log: [EVIL] }),
  ];
  const deploy = {
    deploy: 1,
    project: "project0",
    kind: EVIL,
    from: 1,
    to: 2,
    author: EVIL,
    state: EVIL,
    message: EVIL,
    started: time,
    finished: time,
  };
  const revision = { number: 2, created: time, author: EVIL, note: EVIL, state: EVIL };
  const jsonl = (objects) => objects.map((object) => `${JSON.stringify(object)}\n`).join("");

  return {
    "/v1/events": jsonl(events),
    "/v1/projects/project0/deploys": { deploys: [deploy] },
    "/v1/projects/project0/revisions": { revisions: [revision] },
    "/v1/projects/project0/instances/i0x1/logs": jsonl([
      { time, stream: "stdout", text: EVIL },
      { time, stream: "stderr", text: EVIL.repeat(50) },
    ]),
  };
}

test("nothing that the server tells becomes a part of the page", { skip }, async () => {
  const api = await startPlayedApi({
    services: 1,
    replicas: 1,
    answers: answersWith("2026-11-21T10:00:00Z"),
  });
  spoil(api.world);
  const browser = await startBrowser();
  try {
    const { page, faults } = await openPage(browser, `${api.url}#token=a.b.c`);
    const says = (place) => page.locator(place, { hasText: "<img src=x" }).first().waitFor();

    await says(".problems");
    await says("tbody th");
    await page.goto(`${api.url}#/edge`);
    await says(".box.target");
    await says(".box.rule");
    await page.getByRole("button", { name: "List" }).click();
    await says(".rules li");
    await page.goto(`${api.url}#/deploys/project0`);
    await says(".step .said");
    await says(".deploy pre");
    await says(".revisions .note");
    await page.goto(`${api.url}#/logs/project0`);
    await says(".log .row");
    await page
      .getByRole("button", { name: /show all/ })
      .first()
      .click();
    await says("dialog pre");
    await page.goto(`${api.url}#/logs/${encodeURIComponent(EVIL)}`);
    await says(".empty");
    assert.equal(await page.locator("img:not([src='/icon.svg']), body script").count(), 0);
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
    await api.close();
  }
});
