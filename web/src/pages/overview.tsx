// SPDX-License-Identifier: Apache-2.0
import { useMemo } from "preact/hooks";
import { findProblems } from "../lib/problems";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { NoProjects } from "../ui/empty";
import { StateMark } from "../ui/state";
import { InstanceTable } from "./overview_instances";
import { ProjectCard } from "./overview_projects";
import { ServiceTable } from "./overview_services";

function Problems() {
  const projects = useStore(state, (now) => now.projects);
  const targets = useStore(state, (now) => now.targets);
  const failing = useStore(state, (now) => [...now.failing.keys()].sort().join());
  const problems = useMemo(() => findProblems(state.get()), [projects, targets, failing]);

  if (!projects?.length) return null;

  return (
    <section aria-labelledby="problems" class="problems">
      <h2 id="problems">{problems.length ? "What is wrong" : "Nothing is wrong"}</h2>
      {!problems.length && (
        <p class="well">
          <StateMark tone="ok" />
          {targets.size
            ? "All services run as they should, no target is unhealthy, and requests are answered."
            : "All services run as they should."}
        </p>
      )}
      {problems.length > 0 && (
        <ul>
          {problems.map(({ key, severity, text, link }) => (
            <li key={key} class={severity}>
              <StateMark tone={severity} />
              <a href={link}>{text}</a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function Overview() {
  const projects = useStore(state, (now) => now.projects) ?? [];

  return (
    <>
      <Problems />
      <section aria-labelledby="projects">
        <h2 id="projects">Projects</h2>
        {!projects.length && <NoProjects />}
        <ul class="cards">
          {projects.map((project) => (
            <ProjectCard key={project.name} project={project} />
          ))}
        </ul>
      </section>
      <ServiceTable projects={projects} />
      <InstanceTable />
    </>
  );
}
