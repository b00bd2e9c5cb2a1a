// SPDX-License-Identifier: Apache-2.0
// Who changed what. It has no events of its own: it is asked for again every few seconds.

import { useEffect, useState } from "preact/hooks";
import { get } from "../api/client";
import type { AuditEntry } from "../api/types";
import { describeEntry, describeStatus, mergeEntries, newestKnown } from "../lib/audit";
import { formatDate, formatMoment, plural } from "../lib/format";
import { connection } from "../state/live";
import { useStore } from "../state/store";
import { tellFailure } from "../ui/action";
import { Empty } from "../ui/empty";
import { memo } from "../ui/memo";
import { StateBadge } from "../ui/state";

const PAGE = 50;
const LOOK_MS = 5000;

interface Answer {
  entries: AuditEntry[];
}

const Row = memo(({ entry }: { entry: AuditEntry }) => {
  const { tone, text } = describeStatus(entry.status);
  const words = describeEntry(entry);
  const as = `${entry.role}, ${entry.via === "socket" ? "command line" : entry.via}`;

  return (
    <tr>
      <td class="wide">
        <time title={formatDate(entry.time)}>{formatMoment(entry.time)}</time>
      </td>
      <th scope="row" class="text">
        {entry.name}
        <small class="quiet wide">{as}</small>
      </th>
      <td class="text">
        {words}
        <small class={words ? "quiet path wide" : "path"}>
          {entry.method} {entry.path}
        </small>
        <small class="quiet narrow">
          {as}, {formatMoment(entry.time)}
        </small>
      </td>
      <td>
        <StateBadge tone={tone} text={text} />
      </td>
    </tr>
  );
});

function useEntries() {
  const [entries, setEntries] = useState<AuditEntry[] | null>(null);
  const [hasMore, setMore] = useState(false);
  const [isLoading, setLoading] = useState(false);
  const isLive = useStore(connection, (now) => now.phase === "live");

  async function load(before: number) {
    setLoading(true);
    try {
      const query = before ? `&before=${before}` : "";
      const found = (await get<Answer>(`/v1/audit?limit=${PAGE}${query}`)).entries;
      setEntries((known) => mergeEntries(known ?? [], found));
      setMore(found.length === PAGE);
    } catch (error) {
      tellFailure(error);
    } finally {
      setLoading(false);
    }
  }

  useEffect(() => {
    if (isLive) void load(0);
  }, [isLive]);
  useEffect(() => {
    if (!isLive || !entries) return;
    const timer = setTimeout(async () => {
      try {
        const found = document.hidden
          ? []
          : (await get<Answer>(`/v1/audit?after=${newestKnown(entries)}`)).entries;
        setEntries((known) => mergeEntries(known ?? [], found));
      } catch {
        // The live stream says what is wrong; the next one may succeed.
        setEntries([...entries]);
      }
    }, LOOK_MS);
    return () => clearTimeout(timer);
  }, [entries, isLive]);
  return { entries, hasMore, isLoading, load };
}

export function Audit() {
  const { entries, hasMore, isLoading, load } = useEntries();
  const last = entries?.[entries.length - 1];

  if (!entries) return <Empty>Loading …</Empty>;
  if (!last)
    return (
      <Empty>
        Nobody has changed anything yet. Each deploy, each action and each token that is made will
        be listed here, with who did it.
      </Empty>
    );
  return (
    <>
      <p class="quiet">
        Who changed what, or was refused to, by the dashboard and the command line. The newest
        10,000 actions are kept.
      </p>
      <div class="scroll audit">
        <table aria-label="Actions, the newest first">
          <thead>
            <tr>
              <th scope="col" class="wide">
                Time
              </th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">Result</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <Row key={entry.sequence} entry={entry} />
            ))}
          </tbody>
        </table>
      </div>
      {hasMore ? (
        <button type="button" aria-disabled={isLoading} onClick={() => void load(last.sequence)}>
          Load older
        </button>
      ) : (
        <p class="quiet">{plural(entries.length, "action")}; there are none older.</p>
      )}
    </>
  );
}
