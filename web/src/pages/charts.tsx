// SPDX-License-Identifier: Apache-2.0
import { useMemo, useState } from "preact/hooks";
import { formatBytes, formatMicroseconds, formatPercent, formatRate } from "../lib/format";
import { linkTo } from "../lib/route";
import { Plot } from "../ui/plot";
import { Empty, NoProjects } from "../ui/empty";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { findSubject, listSubjects, type Subject } from "./charts_subject";
import { useChart } from "./charts_data";

const SPANS = [5, 15, 60];

function Choice({ subjects, chosen }: { subjects: Subject[]; chosen: Subject }) {
  return (
    <label class="inline">
      Of
      <select
        value={chosen.link}
        onChange={(event) => {
          location.hash = event.currentTarget.value;
        }}
      >
        {(["service", "group", "listener"] as const).map((kind) => (
          <optgroup key={kind} label={`${kind[0]!.toUpperCase()}${kind.slice(1)}s`}>
            {subjects
              .filter((subject) => subject.kind === kind)
              .map((subject) => (
                <option key={subject.link} value={subject.link}>
                  {subject.name}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

function Plots({ subject, minutes }: { subject: Subject; minutes: number }) {
  const { chart, error } = useChart(subject);

  if (error && !chart) return <p class="message bad">{error}</p>;
  if (!chart) return <Empty>Loading …</Empty>;
  const { times, requests, errors, p50, p95, p99, cpu, memory } = chart;
  const shared = { times, seconds: minutes * 60 };
  return (
    <div class="plots">
      {subject.hasTraffic && (
        <>
          <Plot
            {...shared}
            title="Requests"
            least={1}
            format={formatRate}
            lines={[{ label: "requests", color: "--accent", values: requests, isFilled: true }]}
          />
          <Plot
            {...shared}
            title="Latency"
            least={1000}
            format={formatMicroseconds}
            lines={[
              { label: "p50", color: "--line-1", values: p50 },
              { label: "p95", color: "--line-2", values: p95 },
              { label: "p99", color: "--line-3", values: p99 },
            ]}
          />
          <Plot
            {...shared}
            title="Errors"
            least={1}
            format={formatRate}
            lines={[{ label: "errors", color: "--bad", values: errors, isFilled: true }]}
          />
        </>
      )}
      {subject.hasLoad && (
        <>
          <Plot
            {...shared}
            title="CPU"
            least={1}
            format={formatPercent}
            lines={[{ label: "CPU", color: "--line-1", values: cpu, isFilled: true }]}
          />
          <Plot
            {...shared}
            title="Memory"
            least={2 ** 20}
            format={formatBytes}
            isBinary
            lines={[{ label: "memory", color: "--line-2", values: memory, isFilled: true }]}
          />
        </>
      )}
    </div>
  );
}

export function Charts({ words }: { words: string[] }) {
  const projects = useStore(state, (now) => now.projects);
  const edge = useStore(state, (now) => now.edge);
  const [minutes, setMinutes] = useState(15);
  const subjects = useMemo(() => listSubjects(projects ?? [], edge), [projects, edge]);
  const chosen = words.length ? findSubject(subjects, linkTo("charts", ...words)) : subjects[0];

  if (!subjects.length) return <NoProjects />;
  return (
    <>
      <div class="bar">
        <Choice subjects={subjects} chosen={chosen ?? subjects[0]!} />
        <div class="switch" role="group" aria-label="The last">
          {SPANS.map((span) => (
            <button
              key={span}
              type="button"
              aria-pressed={span === minutes}
              onClick={() => setMinutes(span)}
            >
              {span} min
            </button>
          ))}
        </div>
      </div>
      {chosen ? (
        <Plots key={chosen.link} subject={chosen} minutes={minutes} />
      ) : (
        <Empty>What this was about is not there any more.</Empty>
      )}
    </>
  );
}
