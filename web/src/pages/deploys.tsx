// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { path } from "../api/client";
import type { Deploy, Project, Revision } from "../api/types";
import { formatDate, formatDuration } from "../lib/format";
import { linkTo } from "../lib/route";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { useClock } from "../ui/clock";
import { Empty, NoProjects } from "../ui/empty";
import { useFetched } from "../ui/fetched";
import { deployTone, StateBadge } from "../ui/state";
import { DeployView } from "./deploys_deploy";
import { RevisionTable } from "./deploys_revisions";

const PAGE = 30;
const MOST_LISTED = 1000;

function ProjectTabs({ projects, chosen }: { projects: Project[]; chosen: string }) {
  if (projects.length < 2) return null;
  return (
    <nav class="tabs" aria-label="Projects">
      {projects.map(({ name }) => (
        <a
          key={name}
          href={linkTo("deploys", name)}
          aria-current={name === chosen ? "true" : undefined}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}

function tookOf(deploy: Deploy, now: number): string {
  if (!deploy.started) return "";
  const end = deploy.finished ? Date.parse(deploy.finished) : now;
  return formatDuration(Math.max(0, end - Date.parse(deploy.started)));
}

export function targetOf({ kind, from, to }: Pick<Deploy, "kind" | "from" | "to">): string {
  if (kind === "down") return "down";
  return from === to || !from ? `${kind}, revision ${to}` : `${kind}, revision ${from} → ${to}`;
}

function DeployList({ deploys, chosen }: { deploys: Deploy[]; chosen: number | undefined }) {
  const now = useClock();

  return (
    <ol class="deploys">
      {deploys.map((deploy) => (
        <li key={deploy.deploy}>
          <a
            href={linkTo("deploys", deploy.project, deploy.deploy)}
            aria-current={deploy.deploy === chosen ? "true" : undefined}
          >
            <span class="line">
              <strong>{targetOf(deploy)}</strong>
              <StateBadge tone={deployTone(deploy.state)} text={deploy.state} />
            </span>
            <span class="quiet">
              {deploy.author} · {formatDate(deploy.started)} · {tookOf(deploy, now)}
            </span>
          </a>
        </li>
      ))}
    </ol>
  );
}

function ProjectDeploys({ project, id }: { project: Project; id: number | undefined }) {
  const { name } = project;
  // Both lists change with a deploy's beginning, its end and what serves.
  const version = useStore(state, ({ events, missed }) => {
    const own = events.filter(
      (event) => event.project === name && /^(waiting|started|result)$/.test(event.type),
    );
    const last = own[own.length - 1]?.sequence;
    return `${missed} ${last} ${project.revision} ${project.newest} ${project.deploy?.state}`;
  });
  const [most, setMost] = useState(PAGE);
  const list = useFetched<{ deploys: Deploy[] }>(
    `${path("projects", name, "deploys")}?limit=${MOST_LISTED}`,
    version,
  );
  const revisions = useFetched<{ revisions: Revision[] }>(
    path("projects", name, "revisions"),
    version,
  );
  const deploys = list.value?.deploys ?? [];
  const shown = deploys.slice(0, most);
  const chosen = id ?? deploys[0]?.deploy;

  if (list.error) return <p class="message bad">{list.error}</p>;
  if (list.value && !deploys.length)
    return <Empty>{name} has no deploys: its listeners were set directly.</Empty>;
  return (
    <div class="beside">
      <div>
        <section aria-labelledby="deploys">
          <h2 id="deploys">Deploys of {name}</h2>
          <DeployList deploys={shown} chosen={chosen} />
          {shown.length < deploys.length && (
            <button type="button" onClick={() => setMost(most + PAGE)}>
              Show older
            </button>
          )}
        </section>
        <RevisionTable project={project} revisions={revisions.value?.revisions ?? []} />
      </div>
      {chosen !== undefined && (
        <DeployView
          key={chosen}
          id={chosen}
          project={name}
          deploy={deploys.find((deploy) => deploy.deploy === chosen)}
        />
      )}
    </div>
  );
}

export function Deploys({ words: [name, id] }: { words: string[] }) {
  const projects = useStore(state, (now) => now.projects) ?? [];
  const project = name === undefined ? projects[0] : projects.find((one) => one.name === name);

  useEffect(() => {
    if (project) document.title = `Deploys of ${project.name} · Slipway`;
  }, [project?.name]);
  if (!projects.length) return <NoProjects />;
  return (
    <>
      <ProjectTabs projects={projects} chosen={project?.name ?? ""} />
      {project ? (
        <ProjectDeploys key={project.name} project={project} id={id ? Number(id) : undefined} />
      ) : (
        <Empty>There is no project “{name}”.</Empty>
      )}
    </>
  );
}
