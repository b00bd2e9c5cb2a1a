// SPDX-License-Identifier: Apache-2.0
// What charts can be of.

import type { Edge, Project, Series } from "../api/types";
import { linkTo } from "../lib/route";

export interface Subject {
  kind: "service" | "group" | "listener";
  name: string;
  link: string;
  /** Whose rates it has. */
  edgeIds: string[];
  project: string;
  service: string | null;
  hasTraffic: boolean;
  hasLoad: boolean;
}

export function listSubjects(projects: Project[], edge: Edge | null): Subject[] {
  const services = projects.flatMap((project) =>
    project.services.map((service): Subject => ({
      kind: "service",
      name: `${project.name}/${service.name}`,
      link: linkTo("charts", "service", project.name, service.name),
      edgeIds: service.groups,
      project: project.name,
      service: service.name,
      hasTraffic: service.groups.length > 0,
      hasLoad: true,
    })),
  );
  const ofEdge = (kind: "group" | "listener", id: string, name: string): Subject => ({
    kind,
    name,
    link: linkTo("charts", kind, id),
    edgeIds: [id],
    project: "",
    service: null,
    hasTraffic: true,
    hasLoad: false,
  });

  return [
    ...services,
    ...(edge?.groups ?? []).map((group) =>
      ofEdge("group", group.id, `${group.project}/${group.name}`),
    ),
    ...(edge?.listeners ?? []).map((listener) => ofEdge("listener", listener.id, listener.address)),
  ];
}

export function findSubject(subjects: Subject[], link: string): Subject | undefined {
  return subjects.find((subject) => subject.link === link);
}

export function belongsTo(series: Series, subject: Subject): boolean {
  if (series.kind === "service")
    return series.project === subject.project && series.name === subject.service;
  return series.kind !== "instance" && subject.edgeIds.includes(series.id);
}
