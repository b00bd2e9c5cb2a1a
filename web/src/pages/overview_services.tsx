// SPDX-License-Identifier: Apache-2.0
import { useCallback, useState } from "preact/hooks";
import type { Project, Rate, Service, Usage } from "../api/types";
import { formatBytes, formatMicroseconds, formatPercent, formatRate, NOTHING } from "../lib/format";
import { instancesOf, sumRates, sumRecent, sumUsage } from "../lib/rates";
import { refusal } from "../lib/roles";
import { linkTo } from "../lib/route";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { memo } from "../ui/memo";
import { Sparkline } from "../ui/sparkline";
import { StateBadge, toneOf } from "../ui/state";
import { ServiceActions } from "./overview_actions";

interface RowProperties {
  project: string;
  isOperator: boolean;
  onOpen: (project: string, service: string) => void;
  service: Service;
  revisions: string;
  requests: number;
  errors: number;
  p95: number;
  recent: readonly number[];
  cpu: number | null;
  memory: number | null;
}

const ServiceRow = memo((row: RowProperties) => {
  const { project, service } = row;

  return (
    <tr>
      <th scope="row" class="text">
        <a href={linkTo("charts", "service", project, service.name)}>
          <span class="quiet">{project}/</span>
          {service.name}
        </a>
        <small class="quiet narrow">
          {service.ready}/{service.replicas} ready
          {service.groups.length > 0 &&
            ` · ${formatRate(row.requests)} · p95 ${formatMicroseconds(row.p95)}`}
          {row.errors > 0 && <b class="bad"> · {formatRate(row.errors)} errors</b>}
          {row.memory !== null && ` · ${formatBytes(row.memory)}`}
        </small>
      </th>
      <td>
        <StateBadge
          tone={toneOf(service.state)}
          text={service.state}
          {...(service.trouble ? { title: service.trouble } : {})}
        />
      </td>
      <td class="number wide">
        {service.ready}/{service.replicas}
      </td>
      <td class="number wide">{row.revisions}</td>
      <td class="wide roomy">{service.runtime}</td>
      <td class="with-spark wide">
        <Sparkline values={row.recent} />
        <span>{service.groups.length ? formatRate(row.requests) : NOTHING}</span>
      </td>
      <td class={row.errors > 0 ? "number bad wide" : "number wide"}>
        {service.groups.length ? formatRate(row.errors) : NOTHING}
      </td>
      <td class="number wide">{formatMicroseconds(row.p95)}</td>
      <td class="number wide">{row.cpu === null ? NOTHING : formatPercent(row.cpu)}</td>
      <td class="number wide">{row.memory === null ? NOTHING : formatBytes(row.memory)}</td>
      {row.isOperator && (
        <td class="actions">
          <button
            type="button"
            class="quiet icon"
            aria-haspopup="dialog"
            aria-label={`Scale or restart ${project}/${service.name}`}
            title="Scale or restart"
            onClick={() => row.onOpen(project, service.name)}
          >
            ⋯
          </button>
        </td>
      )}
    </tr>
  );
});

const NO_VALUES: readonly number[] = [];

interface LineProperties {
  project: string;
  service: Service;
  isOperator: boolean;
  onOpen: RowProperties["onOpen"];
}

function ServiceLine({ project, service, isOperator, onOpen }: LineProperties) {
  const instances = instancesOf(
    useStore(state, (now) => now.instances),
    project,
    service,
  );
  const rate: Rate = sumRates(
    useStore(state, (now) => now.rates),
    service.groups,
  );
  const recent = sumRecent(
    useStore(state, (now) => now.recent),
    service.groups,
  );
  const usage: ReadonlyMap<string, Usage> = useStore(state, (now) => now.usage);
  const used = sumUsage(usage, instances);
  const revisions = [...new Set(instances.map((instance) => instance.revision))].sort(
    (a, b) => a - b,
  );

  return (
    <ServiceRow
      project={project}
      service={service}
      isOperator={isOperator}
      onOpen={onOpen}
      revisions={revisions.join(", ") || NOTHING}
      requests={rate[0]}
      errors={rate[1]}
      p95={rate[3]}
      recent={recent.length ? recent : NO_VALUES}
      cpu={used?.cpu ?? null}
      memory={used?.memory ?? null}
    />
  );
}

export function ServiceTable({ projects }: { projects: Project[] }) {
  const rows = projects.flatMap((project) =>
    project.services.map((service) => ({ project: project.name, service })),
  );

  const role = useStore(state, (now) => now.session?.role);
  const isOperator = refusal(role, "operator") === null;
  const [open, setOpen] = useState<[string, string] | null>(null);
  const onOpen = useCallback((...names: [string, string]) => setOpen(names), []);
  const project = open && projects.find(({ name }) => name === open[0]);
  const service = open && project?.services.find(({ name }) => name === open[1]);

  if (!rows.length) return null;
  return (
    <section aria-labelledby="services">
      <h2 id="services">
        Services <span class="count">{rows.length}</span>
      </h2>
      <div class="scroll">
        <table aria-labelledby="services">
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">State</th>
              <th scope="col" class="number wide" title="Ready of wanted replicas">
                Ready
              </th>
              <th scope="col" class="number wide">
                Revision
              </th>
              <th scope="col" class="wide roomy">
                Runtime
              </th>
              <th scope="col" class="number wide">
                Requests
              </th>
              <th scope="col" class="number wide">
                Errors
              </th>
              <th scope="col" class="number wide" title="95 of 100 are answered faster">
                p95
              </th>
              <th scope="col" class="number wide">
                CPU
              </th>
              <th scope="col" class="number wide">
                Memory
              </th>
              {isOperator && (
                <th scope="col" class="actions">
                  <span class="hidden">Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ project, service }) => (
              <ServiceLine
                key={`${project}/${service.name}`}
                project={project}
                service={service}
                isOperator={isOperator}
                onOpen={onOpen}
              />
            ))}
          </tbody>
        </table>
      </div>
      {project && service && (
        <ServiceActions project={project} service={service} onClose={() => setOpen(null)} />
      )}
    </section>
  );
}
