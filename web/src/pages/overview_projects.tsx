// SPDX-License-Identifier: Apache-2.0
import type { Project, ProjectDeploy } from "../api/types";
import { formatAge, plural } from "../lib/format";
import { linkTo } from "../lib/route";
import { countSteps } from "../lib/timeline";
import { useClock } from "../ui/clock";
import { useTimeline } from "../ui/kept";
import { StateBadge, toneOf } from "../ui/state";

function describe(project: Project, { kind, to }: ProjectDeploy): string {
  if (kind === "down") return "down";
  return to === project.revision || !to ? kind : `${kind} to revision ${to}`;
}

/** The deploy under way, and how far it is. */
function Progress({ project, deploy }: { project: Project; deploy: ProjectDeploy }) {
  const now = useClock();
  const { timeline } = useTimeline(project.name, deploy.id);
  const { done, total } = countSteps(timeline);
  const isUndoing = deploy.state === "undoing" || timeline.phases.some((one) => one.isUndoing);
  const since = deploy.started ? formatAge(now - Date.parse(deploy.started)) : "waiting";

  return (
    <div class={isUndoing ? "under-way bad" : "under-way"}>
      <a href={linkTo("deploys", project.name, deploy.id)}>
        {isUndoing ? "undoing " : ""}
        {describe(project, deploy)} by {deploy.author}
      </a>
      <span class="quiet">{since}</span>
      {total > 0 && (
        <>
          <progress max={total} value={done} aria-label="Steps of the deploy" />
          <span class="quiet">
            {done} of {plural(total, "step")}
          </span>
        </>
      )}
    </div>
  );
}

export function ProjectCard({ project }: { project: Project }) {
  const { name, services, revision, deploy } = project;
  const counts = [
    plural(services.length, "service"),
    plural(project.groups, "group"),
    plural(project.listeners, "listener"),
  ];

  return (
    <li class="card">
      <h3>
        <a href={linkTo("deploys", name)}>{name}</a>
        <StateBadge tone={toneOf(project.state)} text={project.state} />
      </h3>
      <p>
        {revision > 0 && <strong>Revision {revision} · </strong>}
        {counts.join(", ")}
      </p>
      {deploy ? (
        <Progress key={deploy.id} project={project} deploy={deploy} />
      ) : (
        <p class="quiet">
          {project.down ? "Taken down" : revision > 0 ? "No deploy under way" : "No deploys"}
        </p>
      )}
    </li>
  );
}
