// SPDX-License-Identifier: Apache-2.0
import { announcement, dismiss, notices } from "../state/announce";
import { useStore } from "../state/store";

export function Notices() {
  const shown = useStore(notices, (now) => now);
  const spoken = useStore(announcement, (now) => now);

  return (
    <>
      <div class="hidden" aria-live="polite">
        {spoken}
      </div>
      <div class="notices">
        {shown.map(({ number, text, kind }) => (
          <div key={number} class={`notice ${kind}`}>
            <span>{text}</span>
            <button
              type="button"
              class="quiet icon"
              aria-label="Dismiss"
              onClick={() => dismiss(number)}
            >
              ✕
            </button>
          </div>
        ))}
      </div>
    </>
  );
}
