// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

import { readFileSync } from "node:fs";

const used = useStack(test, (stack) => stack.up({ web: stack.service() }));

function controlOf(daemon) {
  const children = readFileSync(`/proc/${daemon}/task/${daemon}/children`, "utf8")
    .trim()
    .split(" ");
  return children
    .map(Number)
    .find((pid) =>
      /\bcontrol\b/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")),
    );
}

test("when control is killed the page says so, and goes on by itself", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("viewer", "#/edge");
  const told = [];

  await page.exposeFunction("tell", (text) => told.push(text));
  await page.evaluate(() => {
    const look = () => window.tell(document.querySelector(".connection .badge")?.textContent);
    new MutationObserver(look).observe(document.querySelector(".connection"), {
      childList: true,
      subtree: true,
      characterData: true,
    });
  });
  await page.locator(".target.ok").nth(1).waitFor();
  const before = controlOf(stack.daemon.pid);
  assert.ok(before, "there is a control process");
  process.kill(before, "SIGKILL");
  await page.getByText("Disconnected").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  assert.notEqual(controlOf(stack.daemon.pid), before);
  stack.setSick(true);
  await page.locator(".target.bad").nth(1).waitFor();
  stack.setSick(false);
  await page.locator(".target.ok").nth(1).waitFor();
  assert.ok(told.includes("Disconnected"), told.join());
  assert.deepEqual(faults, []);
  await close();
});
