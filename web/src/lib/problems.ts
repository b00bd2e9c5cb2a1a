// SPDX-License-Identifier: Apache-2.0
// What is wrong, one sentence each, the worst first. Pure.

import type { Project, Target } from "../api/types";
import type { State } from "../state/state";
import { targetName } from "./edge";
import { plural } from "./format";

export interface Problem {
  key: string;
  severity: "bad" | "wait";
  text: string;
  link: string;
}

function ofProject(project: Project): Problem[] {
  const problems: Problem[] = [];
  const name = encodeURIComponent(project.name);

  if (project.error)
    problems.push({
      key: project.name,
      severity: "bad",
      text: `${project.name} ${project.state}: ${project.error}`,
      link: `#/deploys/${name}`,
    });
  if (project.newest > project.revision && project.revision > 0 && !project.deploy && !project.down)
    problems.push({
      key: `${project.name} revision`,
      severity: "wait",
      text:
        `${project.name} serves revision ${project.revision}, ` +
        `not its newest, ${project.newest}`,
      link: `#/deploys/${name}`,
    });
  for (const service of project.services) {
    if (service.state === "ok" || service.state === "stopped") continue;
    problems.push({
      key: `${project.name}/${service.name}`,
      severity: service.state === "starting" ? "wait" : "bad",
      text: `${project.name}/${service.name}: ${
        service.trouble ?? `${service.ready} of ${plural(service.replicas, "replica")} ready`
      }`,
      link: `#/logs/${name}/${encodeURIComponent(service.name)}`,
    });
  }
  return problems;
}

function ofTargets(state: State): Problem[] {
  const told = new Set<string>();

  for (const project of state.projects ?? [])
    for (const service of project.services)
      if (service.trouble) told.add(`${project.name}/${service.name}`);
  const isBad = (target: Target) =>
    target.state === "unhealthy" && !told.has(`${target.project}/${target.service}`);
  return [...state.targets.values()].filter(isBad).map((target) => ({
    key: target.id,
    severity: "bad",
    text:
      `${targetName(target)}, a target of ${target.project}/${target.group}, is unhealthy: ` +
      target.description,
    link: "#/edge",
  }));
}

/** Groups that answer with errors, as long as no more is known about why. */
function ofGroups(state: State): Problem[] {
  return (state.edge?.groups ?? [])
    .filter((group) => state.failing.has(group.id))
    .map((group) => ({
      key: `${group.id} failing`,
      severity: "bad",
      text: `${group.project}/${group.name} answers some or all requests with errors`,
      link: group.service
        ? `#/logs/${encodeURIComponent(group.project)}/${encodeURIComponent(group.service)}`
        : "#/edge",
    }));
}

export function findProblems(state: State): Problem[] {
  const all = [...(state.projects ?? []).flatMap(ofProject), ...ofTargets(state), ...ofGroups(state)];

  return [
    ...all.filter((problem) => problem.severity === "bad"),
    ...all.filter((problem) => problem.severity === "wait"),
  ];
}
