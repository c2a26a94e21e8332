import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { keysOf } from '../device/keys.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { manifestSchema } from '../models/manifest.ts';
import { type AgentPorts, takeUp, UpdateAgent } from '../ota/agent/agent.ts';
import type { ChunkSource } from '../ota/agent/chunk-source.ts';
import { type JournalStore, journalIn, type UpdateReport } from '../ota/agent/journal.ts';
import type { ModelHost } from '../ota/agent/model-host.ts';
import { preferred, Slots } from '../ota/agent/slots.ts';
import type { ShadowCounts } from '../ota/messages/shadow-counts.ts';
import type { FloorStore } from '../ota/trust/floor.ts';
import type { MetadataSource } from '../ota/trust/metadata-source.ts';
import { storedName } from '../ota/trust/target.ts';
import { Trust } from '../ota/trust/trust.ts';
import { publishBundle, type Release } from './agent-bundle.ts';
import { MemoryDisk } from './faults/memory-disk.ts';
import { MemoryFloor } from './update-device.ts';
import { assign, directorFile, publishedRepository, start } from './update-repository.ts';

/** Serves the files of a repository from memory and counts what is asked for. */
export class MemoryChunks implements ChunkSource {
  readonly files = new Map<string, Buffer>();
  served = 0;

  read(target: string, offset: number, length: number): Promise<Uint8Array> {
    const bytes = this.files.get(target)?.subarray(offset, offset + length);
    if (!bytes?.length) return Promise.reject(new ScansideError('UPDATE_UNREACHABLE', target));
    this.served += bytes.length;
    return Promise.resolve(bytes);
  }
}

/** A repository with two releases of a model, as whoever publishes it has it. */
export function agentRepository(first?: Buffer, second?: Buffer, custom?: object) {
  const repository = publishedRepository();
  const chunks = new MemoryChunks();
  const content = (counter: number, network: Buffer) => ({
    group: 'chest',
    counter,
    files: { 'model.onnx': network, 'golden.json': Buffer.from('{}') },
    ...(custom && { custom }),
  });
  const releases = [
    publishBundle(repository, chunks.files, content(3, first ?? Buffer.alloc(3000, 'first'))),
    publishBundle(repository, chunks.files, content(4, second ?? Buffer.alloc(3000, 'second'))),
  ] as const;
  const director = directorFile(repository.director);
  const path = 'director.json';
  const { hashes } = repository.targets['targets']![path]!;
  chunks.files.set(storedName({ path, hashes }), director);
  repository.publish();
  return { repository, chunks, releases };
}

export type AgentRepository = ReturnType<typeof agentRepository>;

/** A repository as a device sees it. */
interface Published {
  repository: MetadataSource & { files: ReadonlyMap<string, Buffer> };
  chunks: ChunkSource;
}

/** An assignment of a release, as the director signs it. */
export function assignRelease(
  { repository }: AgentRepository,
  release: Release,
  change: Parameters<typeof assign>[1] = {},
): Buffer {
  return assign(repository.director, { assignments: [release], ...change });
}

/** Throws where a folder is not the bundle that it is taken for, byte by byte. */
function readBundle(files: Files, folder: string): string {
  const bytes = files.readBytes(join(folder, 'manifest.json'));
  const manifest = manifestSchema.parse(JSON.parse(bytes.toString()));
  for (const [name, { sha256 }] of Object.entries(manifest.files)) {
    const found = createHash('sha256').update(files.readBytes(join(folder, name)));
    if (found.digest('hex') !== sha256) throw new Error(`${name} is not as listed`);
  }
  return createHash('sha256').update(bytes).digest('hex');
}

export const factory = { folder: '/factory', hash: 'factory' };

/** How a comparison of a hundred exams stands. */
export function standingOf(
  verdict: ShadowCounts['verdict'],
  because = '',
): ReturnType<ModelHost['shadow']> {
  const counts = { gained: 0, lost: 0, other: 0, onlyActive: 0, onlyCandidate: 0 };
  return { counts: { verdict, studies: 100, ...counts, p95Ms: 400 }, because };
}

/** The appliance as updates see it: what answers is what was activated and can be read. */
export class FakeHost implements ModelHost {
  readonly #files: Files;
  readonly calls: string[] = [];
  holds = 0;
  answers: { folder: string; hash: string } = factory;
  refusals: Partial<Record<'check' | 'build' | 'test' | 'activate', string>> = {};
  facts = { crashes: 0, faults: 0, answers: 0, ms: 3600_000 };
  busy: string | undefined;
  quiet: string | undefined;
  shadowsEnded = 0;
  comparison = standingOf('pass');

  constructor(files: Files, slots: Slots) {
    this.#files = files;
    for (const release of preferred(slots.read()['chest']).toReversed())
      try {
        const folder = slots.folderOf(release);
        this.answers = { folder, hash: readBundle(files, folder) };
      } catch {
        this.calls.push(`unreadable ${release}`);
      }
  }

  whyNot(group: string): string | undefined {
    return group === 'chest' ? undefined : 'it is not enabled';
  }

  running() {
    return this.answers === factory ? undefined : this.answers;
  }

  whyQuiet() {
    return this.quiet;
  }

  whyBusy() {
    return this.busy;
  }

  check(folder: string) {
    readBundle(this.#files, folder);
    return this.#say('check');
  }

  build() {
    return this.#say('build');
  }

  test() {
    return this.#say('test');
  }

  shadow(_group: string, _folder: string, gate: object) {
    this.calls.push(`shadow ${JSON.stringify(gate)}`);
    return this.comparison;
  }

  endShadow() {
    this.shadowsEnded += 1;
  }

  activate(_group: string, folder: string | undefined) {
    const refusal = this.refusals.activate;
    if (refusal === undefined)
      this.answers =
        folder === undefined ? factory : { folder, hash: readBundle(this.#files, folder) };
    return this.#say('activate');
  }

  trial() {
    return this.facts;
  }

  hold() {
    this.holds += 1;
    return () => {
      this.holds -= 1;
    };
  }

  #say(what: 'check' | 'build' | 'test' | 'activate') {
    this.calls.push(what);
    return Promise.resolve(this.refusals[what]);
  }
}

/** A device with its update agent, as it is after a start. */
export class AgentDevice {
  readonly files: Files;
  readonly clock = new ManualClock(start);
  readonly slots: Slots;
  readonly host: FakeHost;
  readonly agent: UpdateAgent;
  readonly store: JournalStore;
  readonly reports: UpdateReport[];

  constructor(
    { repository, chunks }: Published,
    {
      files = new MemoryDisk(),
      floors = new MemoryFloor(),
      provisioned = false,
      store = memoryJournal(),
      reports = [],
      ...change
    }: Partial<AgentPorts> & {
      floors?: FloorStore;
      provisioned?: boolean;
      reports?: UpdateReport[];
    } = {},
  ) {
    const { clock } = this;
    this.files = files;
    this.store = store;
    this.reports = reports;
    this.slots = new Slots(files, '/slots', keysOf(Buffer.alloc(32, 7)));
    takeUp({ clock, store, slots: this.slots });
    this.host = new FakeHost(files, this.slots);
    const factoryRoot = repository.files.get('1.root.json')!;
    const trust = new Trust({
      clock,
      files,
      folder: '/metadata',
      factoryRoot,
      builtAt: start,
      floors,
      provisioned,
    });
    this.agent = new UpdateAgent({
      clock,
      files,
      store,
      slots: this.slots,
      host: this.host,
      source: chunks,
      doubted: new Set(),
      device: 'ct-1',
      refresh: () => trust.refresh(repository),
      trial: { ms: 60_000, answers: 100 },
      report: (report) => Promise.resolve(void reports.push(report)),
      log: () => undefined,
      ...change,
    });
  }

  get state(): string | undefined {
    return this.agent.journal.update?.standing.state;
  }

  /** Has it carry out an assignment as far as it goes now. */
  async carryOut(envelope: Buffer): Promise<void> {
    this.agent.offer(envelope);
    await this.agent.work();
  }
}

export function memoryJournal(): JournalStore {
  const rows = new Map<string, string>();
  return journalIn({
    recall: (name) => rows.get(name),
    remember: (name, value) => void rows.set(name, value),
  });
}

/** A journal on the same disk as everything else, so that a fault can hit it too. */
export function fileJournal(files: Files): JournalStore {
  const pathOf = (name: string) => `/journal/${name}.json`;
  return journalIn({
    recall: (name) => (files.exists(pathOf(name)) ? files.readText(pathOf(name)) : undefined),
    remember: (name, value) => files.replace(pathOf(name), value),
  });
}
