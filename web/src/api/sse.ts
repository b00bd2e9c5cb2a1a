// SPDX-License-Identifier: Apache-2.0
// Reads server-sent events out of pieces of text, wherever those were cut. EventSource would do it,
// but cannot send a token.

export interface ServerEvent {
  name: string;
  data: string;
  id: string | null;
}

export class EventReader {
  private rest = "";
  private name = "";
  private data: string[] = [];
  private id: string | null = null;

  /** The events that this piece completes. */
  take(piece: string): ServerEvent[] {
    const lines = (this.rest + piece).split("\n");
    const events: ServerEvent[] = [];

    this.rest = lines.pop()!;
    for (const line of lines) {
      const event = this.takeLine(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (event) events.push(event);
    }
    return events;
  }

  private takeLine(line: string): ServerEvent | null {
    if (line === "") return this.complete();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");

    if (field === "event") this.name = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private complete(): ServerEvent | null {
    const event = { name: this.name || "message", data: this.data.join("\n"), id: this.id };
    const isEmpty = this.data.length === 0;

    this.name = "";
    this.data = [];
    this.id = null;
    return isEmpty ? null : event;
  }
}
