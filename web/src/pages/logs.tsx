// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Instance, Project } from "../api/types";
import { makeFilter } from "../lib/logs";
import { plural } from "../lib/format";
import { linkTo } from "../lib/route";
import { state } from "../state/live";
import { LogFollower, MOST_STREAMS } from "../state/logs";
import { useStore } from "../state/store";
import { Empty, NoProjects } from "../ui/empty";
import { LogLines } from "./logs_lines";

function go(...words: string[]): void {
  location.hash = linkTo("logs", ...words);
}

interface ChoiceProperties {
  projects: Project[];
  project: Project;
  service: string;
}

function Choice({ projects, project, service }: ChoiceProperties) {
  return (
    <>
      <label class="inline">
        Project
        <select value={project.name} onChange={(event) => go(event.currentTarget.value)}>
          {projects.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label class="inline">
        Service
        <select
          value={service}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            go(project.name, ...(chosen ? [chosen] : []));
          }}
        >
          <option value="">All</option>
          {project.services.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </>
  );
}

interface InstancesProperties {
  instances: Instance[];
  followed: ReadonlySet<string>;
  onChange: (id: string, isWanted: boolean) => void;
}

function InstanceChoice({ instances, followed, onChange }: InstancesProperties) {
  const isFull = followed.size >= MOST_STREAMS;

  return (
    <fieldset class="instances">
      <legend>
        {followed.size} of {plural(instances.length, "instance")}
        {instances.length > MOST_STREAMS && `, at most ${MOST_STREAMS} at once`}
      </legend>
      {instances.map(({ id, name }) => (
        <label key={id} class="inline">
          <input
            type="checkbox"
            checked={followed.has(id)}
            disabled={isFull && !followed.has(id)}
            onChange={(event) => onChange(id, event.currentTarget.checked)}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

/** Those the user chose; without a choice the first ones, so that new replicas come in as well. */
function useFollowed(instances: Instance[], named: string | undefined) {
  const [choice, setChoice] = useState<ReadonlyMap<string, boolean>>(new Map());
  const followed = useMemo(() => {
    const byDefault = (one: Instance) => named === undefined || one.name === named;
    const wanted = instances.filter((one) => choice.get(one.id) ?? byDefault(one));
    return new Set(wanted.slice(0, MOST_STREAMS).map((one) => one.id));
  }, [instances, choice, named]);
  const choose = (id: string, isWanted: boolean) =>
    setChoice((before) => {
      // What was followed by default stays, and what was not stays out.
      const after = new Map(before);
      for (const one of instances) after.set(one.id, followed.has(one.id));
      return after.set(id, isWanted);
    });

  return { followed, choose };
}

interface FollowProperties {
  projects: Project[];
  project: Project;
  service: string;
  named: string | undefined;
}

function Follow({ projects, project, service, named }: FollowProperties) {
  const all = useStore(state, (now) => now.instances);
  const instances = useMemo(
    () =>
      [...all.values()]
        .filter((one) => one.project === project.name && (!service || one.service === service))
        .sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true })),
    [all, project.name, service],
  );
  const { followed, choose } = useFollowed(instances, named);
  const [follower] = useState(() => new LogFollower());
  const log = useStore(follower.log, (now) => now);
  const [text, setText] = useState("");
  const [isPaused, setPaused] = useState(false);
  const [isRaw, setRaw] = useState(false);
  const filter = useMemo(() => makeFilter(text), [text]);
  const shown = useMemo(
    () =>
      "error" in filter || !text ? log.lines : log.lines.filter((line) => filter.test(line.text)),
    [log.lines, filter],
  );

  useEffect(() => follower.follow(instances.filter((one) => followed.has(one.id))), [followed]);
  useEffect(() => () => follower.stop(), []);
  useEffect(() => follower.pause(isPaused), [isPaused]);
  return (
    <div class="logs">
      <div class="bar">
        <Choice projects={projects} project={project} service={service} />
        <label class="inline grow">
          Filter
          <input
            type="search"
            placeholder="text or /regular expression/"
            value={text}
            aria-invalid={"error" in filter}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button
          type="button"
          aria-pressed={isRaw}
          title="Show lines of JSON as they are"
          onClick={() => setRaw(!isRaw)}
        >
          JSON
        </button>
        <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? "Go on" : "Pause"}
        </button>
        <button type="button" onClick={() => follower.clear()}>
          Clear
        </button>
      </div>
      <InstanceChoice instances={instances} followed={followed} onChange={choose} />
      {"error" in filter && <p class="message bad">{filter.error}</p>}
      {[...log.troubles.values()].map((trouble) => (
        <p key={trouble} class="message bad">
          {trouble}
        </p>
      ))}
      <LogLines
        lines={shown}
        isFollowing={!isPaused}
        hasSeveral={instances.length > 1}
        isRaw={isRaw}
      />
      <p class="quiet">
        {plural(shown.length, "line")}
        {shown.length < log.lines.length && ` of ${log.lines.length}`}
        {isPaused && ", paused"}
      </p>
    </div>
  );
}

export function Logs({ words: [name, service, instance] }: { words: string[] }) {
  const projects = (useStore(state, (now) => now.projects) ?? []).filter(
    (project) => project.services.length > 0 || project.name === name,
  );
  const project = name === undefined ? projects[0] : projects.find((one) => one.name === name);

  if (!projects.length) return <NoProjects />;
  if (!project) return <Empty>There is no project “{name}”.</Empty>;
  return (
    <Follow
      key={`${project.name}/${service ?? ""}`}
      projects={projects}
      project={project}
      service={service ?? ""}
      named={instance}
    />
  );
}
