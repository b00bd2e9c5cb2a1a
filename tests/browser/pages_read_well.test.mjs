// SPDX-License-Identifier: Apache-2.0
// What a screen reader finds: the tree that the browser makes of each page.

import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const PAGES = [
  "overview",
  "edge",
  "deploys/shop",
  "logs/shop/web",
  "charts/service/shop/web",
  "audit",
];
const used = useStack(test, async (stack) => {
  await stack.up({ web: stack.service("v1") });
  await stack.up({ web: stack.service("v2") });
});

const levelsOf = (tree) =>
  [...tree.matchAll(/heading .*\[level=(\d)\]/g)].map(([, level]) => Number(level));

/** Lines of things one can use, or go to, that have no name: "- button:", "- table". */
const nameless = (tree) =>
  tree
    .split("\n")
    .filter((line) =>
      /^\s*- (button|link|textbox|searchbox|combobox|checkbox|table|region|dialog)\b(?! ")/.test(line),
    );

for (const width of [1280, 320]) {
  test(`at ${width} pixels each page has its headings, and names for all`, { skip }, async () => {
    const { stack } = used;
    const { page, faults, close } = await stack.open("operator", "", {
      viewport: { width, height: 800 },
    });
    for (const name of PAGES) {
      await page.goto(`${stack.url}#/${name}`);
      await page.locator("main :is(table, .picture, .deploys, .log, .plot)").first().waitFor();
      const tree = await page.locator("body").ariaSnapshot();
      const levels = levelsOf(tree);
      assert.equal(levels.filter((level) => level === 1).length, 1, `${name}: ${levels}`);
      levels.forEach((level, i) =>
        assert.ok(i === 0 || level <= levels[i - 1] + 1, `${name} leaves out a level: ${levels}`),
      );
      assert.deepEqual(nameless(tree), [], name);
      assert.match(tree, /- main:/);
      assert.match(await page.title(), /· Slipway$/);
    }
    assert.deepEqual(faults, []);
    await close();
  });
}

test("dialogs have a name and a title, and give the focus back", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("operator", "#/overview");
  const opener = page.getByRole("button", { name: "Scale or restart shop/web" });

  await opener.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "shop/web" });
  await dialog.waitFor();
  assert.deepEqual(nameless(await dialog.ariaSnapshot()), []);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(await opener.evaluate((element) => element === document.activeElement));
  assert.deepEqual(faults, []);
  await close();
});
