// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { path, post } from "../api/client";
import type { Project, Revision } from "../api/types";
import { formatDate } from "../lib/format";
import { linkTo } from "../lib/route";
import { notify } from "../state/announce";
import { ActionButton, tellFailure } from "../ui/action";
import { Dialog } from "../ui/dialog";
import { StateBadge, toneOf } from "../ui/state";

// What nobody wrote: where there is no note the kind of the deploy stands in its place.
const NO_NOTES = ["up", "scale", "image", "rollback"];

export function hasNote({ note }: Revision): boolean {
  return note !== "" && !NO_NOTES.includes(note);
}

interface RollbackProperties {
  project: Project;
  revision: Revision;
  onClose: () => void;
}

function RollbackDialog({ project, revision, onClose }: RollbackProperties) {
  const [note, setNote] = useState("");
  const [isSent, setSent] = useState(false);

  async function send(event: Event) {
    event.preventDefault();
    setSent(true);
    try {
      const answer = await post<{ deploy: number }>(path("projects", project.name, "deploys"), {
        kind: "rollback",
        revision: revision.number,
        ...(note ? { note } : {}),
      });
      notify(`Rollback of ${project.name} to revision ${revision.number} is on its way`);
      onClose();
      location.hash = linkTo("deploys", project.name, answer.deploy);
    } catch (error) {
      setSent(false);
      tellFailure(error);
    }
  }

  return (
    <Dialog title={`Roll ${project.name} back to revision ${revision.number}?`} onClose={onClose}>
      <form onSubmit={send}>
        <p>
          All services go from revision {project.revision} to revision {revision.number}, made{" "}
          {formatDate(revision.created)} by {revision.author}
          {hasNote(revision) && `: “${revision.note}”`}. What serves now serves on until every new
          instance has passed its checks.
        </p>
        <label>
          Note
          <input
            maxLength={200}
            placeholder="Why, for those who look later"
            value={note}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </label>
        <footer>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button class="primary" disabled={isSent}>
            Roll back
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function RevisionTable({ project, revisions }: { project: Project; revisions: Revision[] }) {
  const [chosen, setChosen] = useState<Revision | null>(null);
  const sorted = [...revisions].sort((a, b) => b.number - a.number);

  if (!sorted.length) return null;
  return (
    <section aria-labelledby="revisions">
      <h2 id="revisions">Revisions</h2>
      <ol class="revisions">
        {sorted.map((revision) => (
          <li key={revision.number}>
            <div>
              <span class="line">
                <strong>Revision {revision.number}</strong>
                {revision.serving ? (
                  <StateBadge tone="ok" text="serving" />
                ) : (
                  <StateBadge
                    tone={revision.state === "failed" ? toneOf("failed") : "off"}
                    text={revision.state}
                  />
                )}
              </span>
              <span class="quiet">
                {revision.author} · {formatDate(revision.created)}
              </span>
              {hasNote(revision) && <span class="note">{revision.note}</span>}
            </div>
            {!revision.serving && revision.state === "deployed" && (
              <ActionButton role="operator" onClick={() => setChosen(revision)}>
                Roll back<span class="hidden"> to revision {revision.number}</span>
              </ActionButton>
            )}
          </li>
        ))}
      </ol>
      {chosen && (
        <RollbackDialog project={project} revision={chosen} onClose={() => setChosen(null)} />
      )}
    </section>
  );
}
