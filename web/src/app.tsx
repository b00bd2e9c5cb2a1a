// SPDX-License-Identifier: Apache-2.0
import type { FunctionComponent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useRoute } from "./lib/route";
import type { Role } from "./api/types";
import { refusal } from "./lib/roles";
import { Audit } from "./pages/audit";
import { Charts } from "./pages/charts";
import { Deploys } from "./pages/deploys";
import { EdgePage } from "./pages/edge";
import { Logs } from "./pages/logs";
import { Overview } from "./pages/overview";
import { connection, state } from "./state/live";
import { useStore } from "./state/store";
import { ConnectionState, OutdatedBanner, StaleBanner } from "./ui/connection";
import { Empty } from "./ui/empty";
import { Login } from "./ui/login";
import { Notices } from "./ui/notices";
import { ThemeSwitch } from "./ui/theme";

interface Page {
  title: string;
  view: FunctionComponent<{ words: string[] }>;
  /** Who may see it; everybody where it is left out. */
  role?: Role;
}

const PAGES: Record<string, Page> = {
  overview: { title: "Overview", view: Overview },
  edge: { title: "Edge", view: EdgePage },
  deploys: { title: "Deploys", view: Deploys },
  logs: { title: "Logs", view: Logs },
  charts: { title: "Charts", view: Charts },
  audit: { title: "Audit", view: Audit, role: "operator" },
};

function Navigation({ page }: { page: string }) {
  const role = useStore(state, (now) => now.session?.role);
  const isShown = (one: Page) => !one.role || !refusal(role, one.role);

  return (
    <nav aria-label="Pages">
      {Object.entries(PAGES)
        .filter(([, one]) => isShown(one))
        .map(([name, { title }]) => (
          <a key={name} href={`#/${name}`} aria-current={name === page ? "page" : undefined}>
            {title}
          </a>
        ))}
    </nav>
  );
}

export function App() {
  const { page: name, words } = useRoute();
  const page = PAGES[name];
  const phase = useStore(connection, (now) => now.phase);
  const isLoaded = useStore(state, (now) => now.projects !== null);
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  const title = page?.title ?? "Not found";
  const role = useStore(state, (now) => now.session?.role);
  const reason = page?.role && role ? refusal(role, page.role) : null;
  const View = page?.view;

  useEffect(() => {
    document.title = `${title} · Slipway`;
    // A reader shall hear where it is; the first time it begins at the top by itself.
    if (!isFirst.current) heading.current?.focus();
    isFirst.current = false;
  }, [name]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          heading.current?.focus();
        }}
      >
        Skip to the page
      </a>
      <header class="top">
        <a class="brand" href="#/overview">
          <img src="/icon.svg" alt="" width="24" height="24" />
          <span>Slipway</span>
        </a>
        <Navigation page={name} />
        <div class="tools">
          <ConnectionState />
          <ThemeSwitch />
        </div>
      </header>
      <OutdatedBanner />
      <StaleBanner />
      <main class={phase === "live" || phase === "connecting" ? "" : "stale"}>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {!View && <Empty>There is no page “{name}”.</Empty>}
        {reason && <Empty>{reason}.</Empty>}
        {View &&
          !reason &&
          (isLoaded ? <View words={words} /> : <Empty>Waiting for Slipway …</Empty>)}
      </main>
      <Notices />
      {phase === "signed-out" && <Login />}
    </>
  );
}
