// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { connection, signIn } from "../state/live";
import { useStore } from "../state/store";
import { Dialog } from "./dialog";

export function Login() {
  const reason = useStore(connection, (now) => now.reason);
  const [token, setToken] = useState("");

  return (
    <Dialog title="Sign in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim()) signIn(token);
        }}
      >
        {reason && (
          <p class="message bad" role="alert">
            {reason[0]!.toUpperCase() + reason.slice(1)}.
          </p>
        )}
        <p>
          Give a token. <code>slipway dashboard</code> prints an address with one,{" "}
          <code>slipway token create --role viewer</code> one for somebody else.
        </p>
        <label>
          Token
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            autofocus
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <footer>
          <button class="primary">Sign in</button>
        </footer>
      </form>
    </Dialog>
  );
}
