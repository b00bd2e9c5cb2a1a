// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";

const KEY = "slipway-theme";
const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const ICONS: Record<Theme, string> = { auto: "◐", light: "☀", dark: "☾" };

function kept(): Theme {
  const theme = localStorage.getItem(KEY);
  return THEMES.find((one) => one === theme) ?? "auto";
}

/** Automatic follows the system. Charts are told by an event, as a canvas knows no style sheet. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(kept);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(KEY, theme);
    dispatchEvent(new Event("theme"));
  }, [theme]);
  return (
    <button
      type="button"
      class="quiet icon"
      aria-label={`Colours: ${theme}. Change to ${next}`}
      title={`Colours: ${theme}`}
      onClick={() => setTheme(next)}
    >
      {ICONS[theme]}
    </button>
  );
}
