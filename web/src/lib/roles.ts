// SPDX-License-Identifier: Apache-2.0
import type { Role } from "../api/types";

const ORDER: Role[] = ["viewer", "operator", "admin"];

/** Why this role may not do what needs the other; null where it may. */
export function refusal(role: Role | undefined, needed: Role): string | null {
  if (!role) return "Not signed in";
  if (ORDER.indexOf(role) >= ORDER.indexOf(needed)) return null;
  return `This needs the role ${needed}; yours is ${role}`;
}
