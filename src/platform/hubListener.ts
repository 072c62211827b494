// Who is told of downloads. One for the process, as there is one terminal: a model's name may be resolved anywhere, and whoever does
// that should not have to know of progress lines.

export interface HubListener {
  /** Something that the user should know. */
  note(message: string): void;
  /** Of repository `name`, `done` of the `total` bytes that have to come are here, those of an earlier try included. */
  bytes(name: string, done: number, total: number): void;
  /** The download came to its end, or broke off. */
  end(): void;
}

let listener: HubListener = { note: () => {}, bytes: () => {}, end: () => {} };

export function hubListener(): HubListener {
  return listener;
}

export function listenToHub(given: HubListener): void {
  listener = given;
}
