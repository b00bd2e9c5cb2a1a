// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import { takeToken } from "./api/token";
import { App } from "./app";
import { connect, reconnectWhenBack } from "./state/live";

takeToken();
addEventListener("hashchange", () => {
  // Another address of `slipway dashboard`, opened where one is open already.
  if (takeToken()) connect();
});
reconnectWhenBack();
connect();
render(<App />, document.getElementById("app")!);
