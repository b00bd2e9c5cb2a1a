// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { path, post } from "../api/client";
import type { Deploy } from "../api/types";
import { mayCancel } from "../lib/cancel";
import { ActionButton, carryOut } from "../ui/action";
import { Dialog } from "../ui/dialog";

interface Properties {
  deploy: Deploy;
  /** As it is by its events, which come before the list of deploys does. */
  hasBegun: boolean;
  isUndoing: boolean;
}

export function CancelButton({ deploy, hasBegun, isUndoing }: Properties) {
  const [isAsked, setAsked] = useState(false);
  const [isSent, setSent] = useState(false);
  const [isCancelled, setCancelled] = useState(false);

  async function send() {
    setSent(true);
    const isDone = await carryOut(
      () => post(path("projects", deploy.project, "deploys", String(deploy.deploy), "cancel"), {}),
      `Deploy ${deploy.deploy} of ${deploy.project} is cancelled`,
    );
    setSent(false);
    setCancelled(isDone);
    setAsked(false);
  }

  if (isCancelled || isUndoing || !mayCancel(deploy, hasBegun)) return null;
  return (
    <>
      <ActionButton role="operator" onClick={() => setAsked(true)}>
        Cancel<span class="hidden"> deploy {deploy.deploy}</span>
      </ActionButton>
      {isAsked && (
        <Dialog
          title={`Cancel deploy ${deploy.deploy} of ${deploy.project}?`}
          onClose={() => setAsked(false)}
        >
          <p>
            {hasBegun
              ? "What it did is undone, as when it fails: what served before serves on."
              : "It waits for its turn, and will never begin."}
          </p>
          <footer>
            <button type="button" onClick={() => setAsked(false)}>
              Let it go on
            </button>
            <button type="button" class="primary" disabled={isSent} onClick={send}>
              Cancel the deploy
            </button>
          </footer>
        </Dialog>
      )}
    </>
  );
}
