// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const used = useStack(test, (stack) => stack.up({ web: stack.service("v1", 1) }));

test("lines come as they are said, and a filter chooses", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("viewer", "#/logs/shop/web");
  const row = (text) => page.locator(".log .row", { hasText: text });

  await row("listens").waitFor();
  stack.say('{"level":"error","message":"the <b>till</b> is empty"}');
  stack.say("!plain words");
  await row("the <b>till</b> is empty").waitFor();
  await row("plain words").waitFor();
  assert.match(await row("till").getAttribute("class"), /error/);
  assert.match(await row("plain words").getAttribute("class"), /stderr/);
  assert.equal(await page.locator(".log .row b").count(), 0);

  // JSON is read as its message, unless one wants to see it as it is.
  assert.equal(await row('{"level"').count(), 0);
  await page.getByRole("button", { name: "JSON" }).click();
  await row('{"level":"error","message":"the <b>till</b> is empty"}').waitFor();
  await page.getByRole("button", { name: "JSON" }).click();

  await page.getByLabel("Filter").fill("/TILL|listens/i");
  await row("plain words").waitFor({ state: "detached" });
  assert.equal(await page.locator(".log .row").count(), 2);
  await page.getByLabel("Filter").fill("/(/");
  await page.getByText(/Invalid regular expression/).waitFor();
  await page.getByLabel("Filter").fill("");
  await row("plain words").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test(
  "a pause holds lines back, and a huge line is cut until it is asked for",
  { skip },
  async () => {
    const { stack } = used;
    const { page, faults, close } = await stack.open("viewer", "#/logs/shop/web");
    const row = (text) => page.locator(".log .row", { hasText: text });

    await row("listens").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    stack.say(`${"<i>x</i>".repeat(5000)} the end`);
    stack.say("after it");
    const other = await stack.open("viewer", "#/logs/shop/web");
    await other.page.locator(".log .row", { hasText: "after it" }).waitFor();
    await other.close();
    assert.equal(await row("after it").count(), 0);
    await page.getByRole("button", { name: "Go on" }).click();
    await row("after it").waitFor();
    // One that is longer than the runtime keeps comes in several.
    const huge = row("<i>x</i>").first();
    assert.ok((await huge.innerText()).length < 1000);
    await huge.getByRole("button", { name: /show all/ }).click();
    assert.ok((await page.locator("dialog pre").innerText()).length > 4000);
    assert.equal(await page.locator("dialog i").count(), 0);
    assert.deepEqual(faults, []);
    await close();
  },
);
