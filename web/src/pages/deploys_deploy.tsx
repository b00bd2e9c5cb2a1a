// SPDX-License-Identifier: Apache-2.0
import type { Deploy, SlipwayEvent } from "../api/types";
import { formatClock, formatDate, formatDuration, plural } from "../lib/format";
import type { Note, Step, Timeline } from "../lib/timeline";
import { progressKey } from "../state/state";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { useClock } from "../ui/clock";
import { Empty } from "../ui/empty";
import { useTimeline } from "../ui/kept";
import { memo } from "../ui/memo";
import { deployTone, StateBadge, StateMark, toneOf } from "../ui/state";
import { targetOf } from "./deploys";
import { CancelButton } from "./deploys_cancel";

interface BarProperties {
  step: Step;
  progress: string;
  /** In percent of the whole. */
  left: number;
  width: number;
  took: string;
}

const Bar = memo(({ step, progress, left, width, took }: BarProperties) => (
  <li class={`step ${step.state}`}>
    <span class="what" title={step.reason}>
      <StateMark tone={step.state === "planned" ? "off" : toneOf(step.state)} />
      <span class="kind">{step.step}</span> {step.label}
      <span class="hidden">, {step.state}</span>
    </span>
    <span class="track">
      {step.begun !== null && (
        <span class="bar-of" style={{ left: `${left}%`, width: `${width}%` }} />
      )}
    </span>
    <span class="took">{took}</span>
    {(step.message || progress) && <span class="said">{step.message || progress}</span>}
  </li>
));

function Steps({ timeline, now, deploy }: { timeline: Timeline; now: number; deploy: number }) {
  const progress = useStore(state, (value) => value.progress);
  const begun = timeline.begun ?? now;
  const span = Math.max(1, (timeline.ended ?? now) - begun);

  return (
    <>
      {timeline.phases.map((phase, i) => (
        <div class="phase" key={i}>
          {phase.isUndoing && <h4>{timeline.ended === null ? "Undoing" : "Undone"}</h4>}
          {phase.waves.map((wave) => (
            <ol key={wave.number} class="wave" aria-label={`Wave ${wave.number}`}>
              {wave.steps.map((step) => {
                const end = step.ended ?? timeline.ended ?? now;
                const length = step.begun === null ? 0 : Math.max(0, end - step.begun);
                const told = progress.get(progressKey(deploy, step.id));
                return (
                  <Bar
                    key={step.id}
                    step={step}
                    progress={told?.text ?? ""}
                    left={
                      step.begun === null ? 0 : Math.min(99, ((step.begun - begun) / span) * 100)
                    }
                    width={Math.max(0.6, (length / span) * 100)}
                    took={step.begun === null ? "" : formatDuration(length)}
                  />
                );
              })}
            </ol>
          ))}
        </div>
      ))}
    </>
  );
}

function Failure({ result }: { result: SlipwayEvent }) {
  return (
    <div class="message bad">
      <strong>{result.message || "The deploy failed."}</strong>
      {!!result.log?.length && (
        <>
          <p>The last lines of {result.name || result.service}:</p>
          <pre tabIndex={0}>{result.log.join("\n")}</pre>
        </>
      )}
    </div>
  );
}

function Notes({ notes }: { notes: Note[] }) {
  if (!notes.length) return null;
  return (
    <ul class="notes">
      {notes.map(({ time, text }, i) => (
        <li key={i}>
          <time>{formatClock(time)}</time> {text}
        </li>
      ))}
    </ul>
  );
}

interface Properties {
  id: number;
  project: string;
  deploy: Deploy | undefined;
}

export function DeployView({ id, project, deploy }: Properties) {
  const { timeline, isLoaded } = useTimeline(project, id);
  const now = useClock(timeline.ended === null ? 250 : 60_000);
  const isRunning = !timeline.result && (!deploy || !deploy.finished);

  return (
    <section class="deploy" aria-labelledby="deploy">
      <header>
        <div class="title">
          <h2 id="deploy">
            Deploy {id}
            <StateBadge
              tone={deployTone(timeline.result?.state ?? deploy?.state ?? "")}
              text={timeline.result?.state ?? deploy?.state ?? "…"}
            />
          </h2>
          {deploy && !timeline.result && (
            <CancelButton
              deploy={deploy}
              hasBegun={deploy.state !== "waiting" || timeline.phases.length > 0}
              isUndoing={timeline.phases.some((phase) => phase.isUndoing)}
            />
          )}
        </div>
        {deploy && (
          <p class="quiet">
            {targetOf(deploy)} · by {deploy.author} · {formatDate(deploy.started)}
            {timeline.begun !== null &&
              ` · ${formatDuration((timeline.ended ?? now) - timeline.begun)}`}
            {isRunning && " so far"}
          </p>
        )}
        {deploy?.note && <p class="note">{deploy.note}</p>}
      </header>
      {timeline.result?.state === "failed" && <Failure result={timeline.result} />}
      {isLoaded && !timeline.phases.length && (
        <Empty>{isRunning ? "The plan is being made …" : "No steps of it are kept."}</Empty>
      )}
      <Steps timeline={timeline} now={now} deploy={id} />
      <Notes notes={timeline.notes} />
      {timeline.changes.length > 0 && (
        <details>
          <summary>{plural(timeline.changes.length, "change")} at the edge</summary>
          <Notes notes={timeline.changes} />
        </details>
      )}
    </section>
  );
}
