import { createHash } from 'node:crypto';
import type { TargetFile } from 'tuf-js';
import type { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { ScansideError } from '../../device/errors.ts';
import { type Floor, isBelow, type RoleFloor } from './floor.ts';
import { fileOf, type MetadataSet } from './generations.ts';
import type { MetadataSource } from './metadata-source.ts';
import { openStore, translated } from './verification.ts';

/** Most bytes of a role's metadata, also where its signer says that it is longer. */
const longest = { root: 512_000, timestamp: 16_384, snapshot: 2_000_000, targets: 5_000_000 };
const mostRoots = 256;
const mostDelegations = 32;
/** Milliseconds by which the clocks of publisher and device may differ. */
const clockTolerance = 5 * 60_000;

export interface WorkflowOptions {
  /** Metadata that was believed before; its root is. */
  start: MetadataSet;
  source: MetadataSource;
  floor: Floor;
  /** Wall time, milliseconds since 1970 UTC. */
  now: number;
}

/**
 * One run of the client workflow of TUF 1.0, 5: fetches what is newer, has tuf-js verify it and collects what has passed.
 * It stores nothing. Whatever ends it, `set` and `reached` hold what was verified until then.
 */
export class Workflow {
  readonly #store: TrustedMetadataStore;
  readonly #options: WorkflowOptions;
  readonly #set: Map<string, Buffer>;
  readonly #reached = new Map<string, RoleFloor>();
  #time = 0;

  constructor(options: WorkflowOptions) {
    this.#options = options;
    this.#set = new Map(options.start);
    this.#store = openStore(options.start.get('root') ?? Buffer.alloc(0), options.now);
  }

  /** Everything that is believed now, for the next run to start from. */
  get set(): MetadataSet {
    return this.#set;
  }

  /** The versions that were verified, the root that counts, and the time that has passed. */
  get reached(): Floor {
    const hash = createHash('sha256').update(this.#set.get('root')!).digest('hex');
    const rootHash = this.#reached.has('root') ? hash : '';
    return { roles: this.#reached, rootHash, time: this.#time };
  }

  /** Brings the four roles up to date (TUF 5.3 to 5.6). */
  async refresh(): Promise<void> {
    await this.#refreshRoot();
    await this.#refreshTimestamp();
    await this.#refreshSnapshot();
    // The timestamp has not expired at this time: so neither is the clock far ahead, nor the repository frozen.
    this.#time = Math.max(this.#options.now, this.#issued());
    await this.#loadTargets('targets', 'root');
  }

  /** What was signed for a target by the first role that may (TUF 5.6.7), or undefined. Call it after `refresh`. */
  async find(path: string): Promise<TargetFile | undefined> {
    const pending = [{ role: 'targets', parent: 'root' }];
    const visited = new Set<string>();
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (visited.has(next.role)) continue;
      if (visited.size > mostDelegations) return undefined;
      const { targets, delegations } = await this.#loadTargets(next.role, next.parent);
      if (Object.hasOwn(targets, path)) return targets[path];
      visited.add(next.role);
      const children = [];
      for (const { role, terminating } of delegations?.rolesForTarget(path) ?? []) {
        children.unshift({ role, parent: next.role });
        if (terminating) pending.length = 0;
        if (terminating) break;
      }
      pending.push(...children);
    }
    return undefined;
  }

  /** Every root counts as soon as it is verified, but for those that lead from the factory's to where we were. */
  async #refreshRoot(): Promise<void> {
    let bytes = this.#options.start.get('root')!;
    for (let count = 0; count < mostRoots; count++) {
      const version = this.#store.root.signed.version + 1;
      const next = await this.#ask(`${version}.root.json`, longest.root);
      if (!next) break;
      translated(() => this.#store.updateRoot(next));
      bytes = next;
      if (!isBelow(this.#options.floor, 'root', { version, keys: '' }))
        this.#accept('root', next, version);
    }
    this.#accept('root', bytes, this.#store.root.signed.version);
  }

  async #refreshTimestamp(): Promise<void> {
    this.#recall('timestamp', (bytes) => this.#store.updateTimestamp(bytes));
    const before = this.#store.timestamp;
    const fetched = await this.#fetch('timestamp.json', longest.timestamp);
    const isNewer = this.#takeTimestamp(fetched);
    const bytes = isNewer || !before ? fetched : this.#options.start.get('timestamp')!;
    if (this.#issued() > this.#options.now + clockTolerance)
      throw new ScansideError('UPDATE_TIME_UNTRUSTED', 'the timestamp was signed later than now');
    this.#accept('timestamp', bytes, this.#store.timestamp!.signed.version);
  }

  /** False where it is the one that is there already: that one stays, whatever else this one says (TUF 5.4.3). */
  #takeTimestamp(bytes: Buffer): boolean {
    try {
      this.#store.updateTimestamp(bytes);
      return true;
    } catch (cause) {
      if (cause instanceof Error && cause.constructor.name === 'EqualVersionError') return false;
      return translated(() => {
        throw cause;
      });
    }
  }

  async #refreshSnapshot(): Promise<void> {
    let bytes = this.#recall('snapshot', (known) => this.#store.updateSnapshot(known, true));
    if (!bytes) {
      const { version, length } = this.#store.timestamp!.signed.snapshotMeta;
      const fetched = await this.#fetchRole('snapshot', version, length, longest.snapshot);
      translated(() => this.#store.updateSnapshot(fetched));
      bytes = fetched;
    }
    this.#accept('snapshot', bytes, this.#store.snapshot!.signed.version);
  }

  /** Metadata of targets or of a delegated role: what is there where it still counts, else fetched. */
  async #loadTargets(role: string, parent: string) {
    const known = this.#store.getRole(role);
    if (known) {
      translated(() => this.#store.getRole(parent)!.verifyDelegate(role, known));
      return known.signed;
    }
    const take = (bytes: Buffer) => this.#store.updateDelegatedTargets(bytes, role, parent);
    const bytes = this.#recall(role, take) ?? (await this.#fetchTargets(role, take));
    this.#accept(role, bytes, this.#store.getRole(role)!.signed.version);
    return this.#store.getRole(role)!.signed;
  }

  async #fetchTargets(role: string, take: (bytes: Buffer) => void): Promise<Buffer> {
    const meta = this.#store.snapshot!.signed.meta[`${role}.json`];
    if (!meta) throw new ScansideError('UPDATE_MIXED', `the snapshot does not list ${role}`);
    const bytes = await this.#fetchRole(role, meta.version, meta.length, longest.targets);
    translated(() => take(bytes));
    return bytes;
  }

  /** Tries what was believed before. tuf-js keeps what is too old to count as what nothing may go back behind. */
  #recall(role: string, take: (bytes: Buffer) => unknown): Buffer | undefined {
    const bytes = this.#options.start.get(role);
    if (!bytes) return undefined;
    try {
      take(bytes);
      return bytes;
    } catch {
      return undefined;
    }
  }

  #fetchRole(role: string, version: number, length = Infinity, limit: number): Promise<Buffer> {
    const prefix = this.#store.root.signed.consistentSnapshot ? `${version}.` : '';
    return this.#fetch(`${prefix}${fileOf(role)}`, Math.min(length, limit));
  }

  async #fetch(name: string, maxLength: number): Promise<Buffer> {
    const bytes = await this.#ask(name, maxLength);
    if (!bytes) throw new ScansideError('UPDATE_UNREACHABLE', `there is no ${name}`);
    return bytes;
  }

  async #ask(name: string, maxLength: number): Promise<Buffer | undefined> {
    const bytes = await this.#options.source.fetch(name, maxLength);
    if (bytes && bytes.length > maxLength) throw new ScansideError('UPDATE_TOO_LONG', name);
    return bytes;
  }

  /** When the timestamp was signed, by its signer; 0 where it does not say. */
  #issued(): number {
    const custom = this.#store.timestamp?.signed.unrecognizedFields?.['custom'];
    const issued = (custom as { issued?: unknown } | undefined)?.issued;
    return typeof issued === 'number' ? issued : 0;
  }

  #accept(role: string, bytes: Buffer, version: number): void {
    const found = { version, keys: this.#guards(role) };
    if (isBelow(this.#options.floor, role, found))
      throw new ScansideError('UPDATE_ROLLED_BACK', `${role} ${version}`);
    this.#set.set(role, bytes);
    this.#reached.set(role, found);
  }

  /** The keys whose change lets a role's versions start anew; none for the root, which never does. */
  #guards(role: string): string {
    const guards = {
      root: [],
      timestamp: ['timestamp', 'snapshot'],
      snapshot: ['timestamp', 'snapshot'],
    }[role] ?? ['targets', 'snapshot'];
    const { roles } = this.#store.root.signed;
    return guards.map((guard) => roles[guard]!.keyIDs.toSorted().join(' ')).join('/');
  }
}
