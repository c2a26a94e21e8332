/** Which associations are open, and to which studies they have sent. */
export class Presence {
  readonly #studies = new Map<string, Set<string>>();

  open(association: string): void {
    this.#studies.set(association, new Set());
  }

  /** Notes that an association has sent to a study; nothing when it has ended meanwhile. */
  enter(association: string, studyUid: string): void {
    this.#studies.get(association)?.add(studyUid);
  }

  /** Forgets an association; returns the studies it had sent to. */
  leave(association: string): string[] {
    const studies = this.#studies.get(association) ?? [];
    this.#studies.delete(association);
    return [...studies];
  }

  /** Forgets all, when the process that held them has died. */
  clear(): string[] {
    return [...this.#studies.keys()].flatMap((association) => this.leave(association));
  }

  get isAnyOpen(): boolean {
    return this.#studies.size > 0;
  }

  isOpen(studyUid: string): boolean {
    return [...this.#studies.values()].some((studies) => studies.has(studyUid));
  }
}
