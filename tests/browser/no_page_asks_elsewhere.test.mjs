// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const used = useStack(test, (stack) => stack.up({ web: stack.service() }));

test(
  "no page asks another host or breaks the policy, and the token is in no address",
  { skip },
  async () => {
    const { stack } = used;
    const { page, faults, close } = await stack.open("admin");
    const asked = [];
    const policies = [];

    page.on("request", (request) => asked.push(request.url()));
    page.on("response", (response) => policies.push(response.headers()["content-security-policy"]));
    await page.reload();
    for (const name of ["overview", "edge", "deploys/shop", "logs/shop", "charts", "nowhere"]) {
      await page.goto(`${stack.url}#/${name}`);
      await page
        .locator("main :is(table, .picture, .deploys, .log, .plot, .empty)")
        .first()
        .waitFor();
    }
    assert.ok(
      asked.some((url) => url.endsWith("/v1/live")) &&
        asked.some((url) => url.includes("/v1/history")),
    );
    assert.ok(
      asked.every((url) => url.startsWith(stack.url) && !url.includes("token")),
      asked.join("\n"),
    );
    assert.ok(
      policies.every((policy) => /default-src 'none'/.test(policy)),
      policies.join("\n"),
    );
    assert.deepEqual(faults, []);
    await close();
  },
);
