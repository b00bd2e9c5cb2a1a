// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Edge, Target } from "../api/types";
import { isInternal, withLeaving } from "../lib/edge";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { Empty } from "../ui/empty";
import { EdgeList } from "./edge_list";
import { EdgePicture } from "./edge_picture";
import { TargetDialog } from "./edge_target";

// Below this width four columns cannot be read.
const NARROW = matchMedia("(max-width: 859px)");

function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(NARROW.matches);

  useEffect(() => {
    const look = () => setNarrow(NARROW.matches);
    NARROW.addEventListener("change", look);
    return () => NARROW.removeEventListener("change", look);
  }, []);
  return isNarrow;
}

/** The part of the edge that belongs to a project; all of it without one. */
function onlyOf(whole: Edge, project: string, hasInternal: boolean): Edge {
  const outside = whole.listeners.filter((listener) => hasInternal || !isInternal(listener));
  const edge = { ...whole, listeners: outside };

  if (!project) return edge;
  const groups = edge.groups.filter((group) => group.project === project);
  const ids = new Set(groups.map((group) => group.id));
  const leads = (listener: Edge["listeners"][number]) =>
    listener.rules.filter((rule) => rule.action.groups?.some((group) => ids.has(group.id)));
  const listeners = edge.listeners
    .map((listener) =>
      listener.projects.length > 1 ? { ...listener, rules: leads(listener) } : listener,
    )
    .filter((listener) => listener.projects.includes(project));

  return { ...edge, groups, listeners };
}

export function EdgePage() {
  const edge = useStore(state, (now) => now.edge);
  const targets = useStore(state, (now) => now.targets);
  const [project, setProject] = useState("");
  const [hasInternal, setInternal] = useState(false);
  const [isList, setList] = useState(false);
  const [open, setOpen] = useState<Target | null>(null);
  const isNarrow = useNarrow();
  const shown = useMemo(
    () => edge && onlyOf(withLeaving(edge, targets), project, hasInternal),
    [edge, targets, project, hasInternal],
  );
  const projects = [...new Set(edge?.groups.map((group) => group.project))].sort();

  if (!shown || !edge) return <Empty>Waiting for the edge …</Empty>;
  if (!edge.listeners.length && !edge.groups.length)
    return (
      <Empty>
        Nothing listens yet: no project that is deployed has a listener or a port. Give a service{" "}
        <code>ports</code>, or the file <code>x-slipway.listeners</code>, and run{" "}
        <code>slipway up</code>.
      </Empty>
    );
  return (
    <>
      <div class="bar">
        <label class="inline">
          Project
          <select value={project} onChange={(event) => setProject(event.currentTarget.value)}>
            <option value="">All</option>
            {projects.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        {edge.listeners.some(isInternal) && (
          <label class="inline">
            <input
              type="checkbox"
              checked={hasInternal}
              onChange={(event) => setInternal(event.currentTarget.checked)}
            />
            Between services
          </label>
        )}
        {!isNarrow && (
          <div class="switch" role="group" aria-label="Show as">
            <button type="button" aria-pressed={!isList} onClick={() => setList(false)}>
              Picture
            </button>
            <button type="button" aria-pressed={isList} onClick={() => setList(true)}>
              List
            </button>
          </div>
        )}
      </div>
      {isList || isNarrow ? (
        <EdgeList edge={shown} onOpen={setOpen} />
      ) : (
        <EdgePicture edge={shown} whole={edge} onOpen={setOpen} />
      )}
      {open && <TargetDialog id={open.id} onClose={() => setOpen(null)} />}
    </>
  );
}
