// SPDX-License-Identifier: Apache-2.0
// Pages are in the fragment: "#/logs/shop/api" is the page "logs" with two words.

import { useEffect, useState } from "preact/hooks";

export interface Route {
  page: string;
  words: string[];
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

export function parseRoute(hash: string): Route {
  const [page = "", ...words] = hash.replace(/^#\/?/, "").split("/").map(decode);
  return { page: page || "overview", words: words.filter((word) => word !== "") };
}

export function linkTo(page: string, ...words: (string | number)[]): string {
  return `#/${[page, ...words.map((word) => encodeURIComponent(word))].join("/")}`;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);

  useEffect(() => {
    const look = () => setHash(location.hash);
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return parseRoute(hash);
}
