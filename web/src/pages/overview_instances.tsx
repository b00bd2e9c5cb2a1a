// SPDX-License-Identifier: Apache-2.0
import { useMemo, useState } from "preact/hooks";
import type { Instance } from "../api/types";
import { formatAge, formatBytes, formatPercent, NOTHING, plural } from "../lib/format";
import { linkTo } from "../lib/route";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { useClock } from "../ui/clock";
import { memo } from "../ui/memo";
import { StateBadge, toneOf } from "../ui/state";

// So many are enough to see; of more one looks for some.
const FEW = 50;

interface RowProperties {
  instance: Instance;
  cpu: number | undefined;
  memory: number | undefined;
  limit: number | undefined;
  age: string;
}

const InstanceRow = memo(({ instance, cpu, memory, limit, age }: RowProperties) => {
  const { name, project, service, state: running, health } = instance;

  return (
    <tr>
      <th scope="row" class="text">
        <a href={linkTo("logs", project, service, name)}>{name}</a>
        <small class="quiet narrow">
          {instance.revision > 0 && `revision ${instance.revision} · `}
          {age}
          {instance.restarts > 0 && ` · ${plural(instance.restarts, "restart")}`}
          {memory !== undefined && ` · ${formatBytes(memory)}`}
        </small>
      </th>
      <td>
        <StateBadge
          tone={health === "unhealthy" ? "bad" : toneOf(running)}
          text={health && running === "running" ? `${running}, ${health}` : running}
        />
      </td>
      <td class="wide">{instance.edge === "none" ? NOTHING : instance.edge}</td>
      <td class="number wide">{instance.revision || NOTHING}</td>
      <td class="number wide">{instance.restarts}</td>
      <td class="number wide">{age}</td>
      <td class="number wide">{cpu === undefined ? NOTHING : formatPercent(cpu)}</td>
      <td class="number wide">
        {memory === undefined ? NOTHING : formatBytes(memory)}
        {!!limit && <span class="quiet"> / {formatBytes(limit)}</span>}
      </td>
    </tr>
  );
});

function compare(a: Instance, b: Instance): number {
  return (
    a.project.localeCompare(b.project) ||
    a.service.localeCompare(b.service) ||
    a.number - b.number ||
    a.name.localeCompare(b.name)
  );
}

export function InstanceTable() {
  const instances = useStore(state, (now) => now.instances);
  const usage = useStore(state, (now) => now.usage);
  const now = useClock(5000);
  const [wanted, setWanted] = useState("");
  const [isWhole, setWhole] = useState(false);
  const sorted = useMemo(() => [...instances.values()].sort(compare), [instances]);
  const found = sorted.filter(({ name, project, service }) =>
    `${project}/${service} ${name}`.includes(wanted),
  );
  const shown = isWhole ? found : found.slice(0, FEW);

  if (!sorted.length) return null;
  return (
    <section aria-labelledby="instances">
      <div class="bar">
        <h2 id="instances">
          Instances <span class="count">{sorted.length}</span>
        </h2>
        <label class="inline">
          Find
          <input
            type="search"
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        </label>
      </div>
      <div class="scroll">
        <table aria-labelledby="instances">
          <thead>
            <tr>
              <th scope="col">Instance</th>
              <th scope="col">State</th>
              <th scope="col" class="wide" title="Its part in the rotation">
                Edge
              </th>
              <th scope="col" class="number wide">
                Revision
              </th>
              <th scope="col" class="number wide">
                Restarts
              </th>
              <th scope="col" class="number wide">
                Started
              </th>
              <th scope="col" class="number wide">
                CPU
              </th>
              <th scope="col" class="number wide">
                Memory
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((instance) => {
              const [cpu, memory, limit] = usage.get(instance.id) ?? [];
              return (
                <InstanceRow
                  key={instance.id}
                  instance={instance}
                  cpu={cpu}
                  memory={memory}
                  limit={limit}
                  age={instance.started ? formatAge(now - instance.started / 1e6) : NOTHING}
                />
              );
            })}
          </tbody>
        </table>
      </div>
      {shown.length < found.length && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {found.length}
        </button>
      )}
    </section>
  );
}
