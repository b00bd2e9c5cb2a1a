// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const ACTIONS = 60;
const used = useStack(test, async (stack) => {
  await stack.up({ web: stack.service("v1") });
  const { targets } = await stack.ask("GET", "/v1/targets");
  for (let i = 1; i <= ACTIONS; i++)
    await stack.ask("POST", `/v1/targets/shop%2Fweb/${targets[0].id}`, {
      action: "weight",
      weight: i,
    });
});

test("an operator sees the newest first, older ones when asked for", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("operator", "#/overview");

  await page.getByRole("link", { name: "Audit" }).click();
  const table = page.getByRole("table", { name: "Actions, the newest first" });
  await table.getByRole("row", { name: /target: weight 60 .*shop\/web.* done/ }).waitFor();
  const rows = table.locator("tbody tr");
  assert.equal(await rows.count(), 50);
  assert.match(await rows.first().innerText(), /new token: operator for anna/);
  await page.getByRole("button", { name: "Load older" }).click();
  await table.getByRole("row", { name: /deploy of shop: up .* begun/ }).waitFor();
  await page.getByText(/there are none older/).waitFor();
  assert.equal(await rows.filter({ hasText: /weight \d+ shop\/web/ }).count(), ACTIONS);
  assert.deepEqual(faults, []);
  await close();
});

test("what is done while it is open comes in, and so does what is refused", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("operator", "#/audit");

  await page.getByRole("table").waitFor();
  const { token } = await stack.token("viewer", "<b>eve</b>");
  const status = await page.evaluate(async (bearer) => {
    const response = await fetch("/v1/projects/shop/deploys", {
      method: "POST",
      headers: { Authorization: `Bearer ${bearer}` },
      body: JSON.stringify({ kind: "restart" }),
    });
    return response.status;
  }, token);
  assert.equal(status, 403);
  const row = page.getByRole("row", { name: /^.*<b>eve<\/b>\s*viewer, dashboard.* refused, 403/ });
  await row.waitFor();
  assert.equal(await page.locator("td b, th b").count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("a viewer finds no way there, and is told why at the address", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("viewer", "#/overview");

  await page.getByRole("region", { name: /^Services/ }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Audit" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: /^Scale or restart/ }).count(), 0);
  await page.goto(`${stack.url}#/audit`);
  await page.getByText("This needs the role operator; yours is viewer.").waitFor();
  assert.deepEqual(faults, []);
  await close();
});
