import { join } from 'node:path';
import { z } from 'zod';
import type { Files } from '../../device/files.ts';
import type { Keys } from '../../device/keys.ts';
import { canonicalJson } from '../../models/canonical-json.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Which releases of one model are in place, by the SHA-256 of their manifests. */
const slotsSchema = z.strictObject({
  /** Answers for the time being, and is watched. */
  trial: hash.optional(),
  /** Has proved itself. */
  committed: hash.optional(),
  /** The one before: to be gone back to. */
  previous: hash.optional(),
});

export type SlotsOfGroup = z.infer<typeof slotsSchema>;
export type GroupSlots = Readonly<Record<string, SlotsOfGroup>>;

const pointerSchema = z.strictObject({
  groups: z.record(z.string(), slotsSchema),
  seal: z.string(),
});

const pointer = 'active.json';

/**
 * The models that updates have brought, each in a folder that bears the hash of its manifest, and the file that says
 * which of them answers. That file is exchanged as a whole, and sealed with the device's key: what somebody else has put
 * there counts as nothing, and the models that the device was made with run.
 */
export class Slots {
  readonly #files: Files;
  readonly #folder: string;
  readonly #keys: Keys;

  constructor(files: Files, folder: string, keys: Keys) {
    this.#files = files;
    this.#folder = folder;
    this.#keys = keys;
  }

  read(): GroupSlots {
    const path = join(this.#folder, pointer);
    if (!this.#files.exists(path)) return {};
    const read = pointerSchema.safeParse(parse(this.#files.readText(path)));
    if (!read.success) return {};
    const { groups, seal } = read.data;
    return seal === this.#seal(groups) ? groups : {};
  }

  /** Durable on return; writes nothing where it stands so already. */
  write(groups: GroupSlots): void {
    if (canonicalJson(groups) === canonicalJson(this.read())) return;
    this.#files.makeFolder(this.#folder);
    const content = JSON.stringify({ groups, seal: this.#seal(groups) });
    this.#files.replace(join(this.#folder, pointer), content);
  }

  /** Where a release lies; it counts only once it is pointed to. */
  folderOf(release: string): string {
    return join(this.#folder, release);
  }

  /** Removes every release but these, and what lies beside them. */
  sweep(kept: ReadonlySet<string>): void {
    for (const name of this.#files.list(this.#folder)) {
      const [release = '', ...more] = name.split('.');
      if (!hash.safeParse(release).success || kept.has(release)) continue;
      const path = join(this.#folder, name);
      if (more.length) this.#files.remove(path);
      else this.#files.removeFolder(path);
    }
  }

  #seal(groups: GroupSlots): string {
    return this.#keys.identify('slots', canonicalJson(groups));
  }
}

/** Releases of a model in the order in which they are to be tried at the start. */
export function preferred({ trial, committed, previous }: SlotsOfGroup = {}): string[] {
  return [trial, committed, previous].filter((release) => release !== undefined);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
