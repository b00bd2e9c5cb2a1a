// SPDX-License-Identifier: Apache-2.0
// The token of this tab. It comes in the fragment of the address that `slipway dashboard` prints
// (which browsers do not send), and goes with the tab.

const KEY = "slipway-token";

let token = "";

export function getToken(): string {
  return token;
}

export function setToken(text: string): void {
  token = text.trim();
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
}

/**
 * Takes the token from the address bar, and out of it: it shall be in no bookmark and no picture.
 * True where there was one.
 */
export function takeToken(): boolean {
  const match = /^#token=([\w.-]+)$/.exec(location.hash);

  setToken(match?.[1] ?? sessionStorage.getItem(KEY) ?? "");
  if (match) location.replace("#/");
  return match !== null;
}
