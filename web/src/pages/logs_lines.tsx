// SPDX-License-Identifier: Apache-2.0
// Of thousands of lines only those in sight are in the page. All have one height; a long one is
// cut, and can be looked at as a whole.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatBytes, formatClock } from "../lib/format";
import { makeReadable, type Line } from "../lib/logs";
import { Dialog } from "../ui/dialog";
import { memo } from "../ui/memo";

const LINE_HEIGHT = 20;
const BEYOND = 15;
const LONGEST_SHOWN = 400;
const TINTS = 6;

function tintOf(name: string): number {
  let sum = 0;
  for (let i = 0; i < name.length; i++) sum = (sum * 31 + name.charCodeAt(i)) >>> 0;
  return sum % TINTS;
}

interface RowProperties {
  line: Line;
  top: number;
  hasName: boolean;
  isRaw: boolean;
  onOpen: (line: Line) => void;
}

const Row = memo(({ line, top, hasName, isRaw, onOpen }: RowProperties) => {
  const isCut = line.text.length > LONGEST_SHOWN;
  const readable = isCut || isRaw ? null : makeReadable(line.text);

  return (
    <li
      class={`row ${line.isError ? "stderr" : ""} ${line.level ?? ""}`}
      style={{ top: `${top}px` }}
    >
      <time>{formatClock(line.time)}</time>
      {hasName && <span class={`from tint-${tintOf(line.instance)}`}>{line.instance}</span>}
      {line.isError && <abbr title="standard error">err</abbr>}
      <span class="text" onDblClick={() => onOpen(line)}>
        {readable ? (
          <>
            {readable.message} <span class="quiet">{readable.fields}</span>
          </>
        ) : isCut ? (
          line.text.slice(0, LONGEST_SHOWN)
        ) : (
          line.text
        )}
      </span>
      {isCut && (
        <button type="button" class="link" onClick={() => onOpen(line)}>
          … show all ({formatBytes(line.text.length)})
        </button>
      )}
    </li>
  );
});

/** JSON is laid out; all else is shown as it is. */
function laidOut(text: string): string {
  if (text[0] !== "{" && text[0] !== "[") return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function LineDialog({ line, onClose }: { line: Line; onClose: () => void }) {
  return (
    <Dialog title={`${line.instance}, ${formatClock(line.time)}`} onClose={onClose} isWide>
      <pre tabIndex={0}>{laidOut(line.text)}</pre>
    </Dialog>
  );
}

interface Properties {
  lines: readonly Line[];
  isFollowing: boolean;
  hasSeveral: boolean;
  /** JSON as it is, instead of its message and what else it says. */
  isRaw: boolean;
}

export function LogLines({ lines, isFollowing, hasSeveral, isRaw }: Properties) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [isAtEnd, setAtEnd] = useState(true);
  const [open, setOpen] = useState<Line | null>(null);
  const first = Math.max(0, Math.floor(view.top / LINE_HEIGHT) - BEYOND);
  const last = Math.ceil((view.top + view.height) / LINE_HEIGHT) + BEYOND;

  function look() {
    // The observer may speak once more when the page is gone.
    if (!box.current) return;
    const { scrollTop, clientHeight, scrollHeight } = box.current;
    setView({ top: scrollTop, height: clientHeight });
    setAtEnd(scrollHeight - scrollTop - clientHeight < 2 * LINE_HEIGHT);
  }

  function goToEnd() {
    box.current!.scrollTop = box.current!.scrollHeight;
  }

  // Whoever has scrolled up reads there: only at the end the newest line is kept in sight.
  useLayoutEffect(() => {
    if (isFollowing && isAtEnd) goToEnd();
  }, [lines, isFollowing]);
  useEffect(() => {
    const fit = new ResizeObserver(look);
    fit.observe(box.current!);
    return () => fit.disconnect();
  }, []);
  return (
    <div class="log">
      <div
        ref={box}
        class="scroll"
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Log lines"
        onScroll={look}
      >
        <ol style={{ height: `${Math.max(lines.length, 1) * LINE_HEIGHT}px` }}>
          {lines.slice(first, last).map((line, i) => (
            <Row
              key={line.key}
              line={line}
              top={(first + i) * LINE_HEIGHT}
              hasName={hasSeveral}
              isRaw={isRaw}
              onOpen={setOpen}
            />
          ))}
        </ol>
      </div>
      {!isAtEnd && (
        <button type="button" class="to-end" onClick={goToEnd}>
          ↓ Newest
        </button>
      )}
      {open && <LineDialog line={open} onClose={() => setOpen(null)} />}
    </div>
  );
}
