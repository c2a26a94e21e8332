import { join } from 'node:path';
import { readBuildTime } from '../device/build-time.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import type { Keys } from '../device/keys.ts';
import { openTpmCounter } from '../device/tpm-counter.ts';
import { takeUp, UpdateAgent } from '../ota/agent/agent.ts';
import { AgentLoop } from '../ota/agent/agent-loop.ts';
import { journalIn, type UpdateReport } from '../ota/agent/journal.ts';
import { RepositorySource } from '../ota/agent/repository-source.ts';
import { Slots } from '../ota/agent/slots.ts';
import type { UpdateWindow } from '../ota/agent/window.ts';
import { CountedFloor } from '../ota/trust/counted-floor.ts';
import type { FloorStore } from '../ota/trust/floor.ts';
import { FloorDatabase } from '../ota/trust/floor-database.ts';
import { HttpSource } from '../ota/trust/http-source.ts';
import type { MetadataSource } from '../ota/trust/metadata-source.ts';
import { checkRoot, Trust, type Trusted } from '../ota/trust/trust.ts';
import type { ApplianceOptions } from './appliance.ts';
import type { Configuration } from './config.ts';
import type { FleetLink } from './fleet-link.ts';
import { ModelExchange, type ModelExchangeParts } from './model-exchange.ts';
import { readUpdateTls } from './tls-files.ts';

export interface UpdatesParts extends Omit<ModelExchangeParts, 'slots'> {
  options: ApplianceOptions;
  /** The way to the fleet: the device's name there, and the repository's files through the broker, where there is one. */
  fleet(): Pick<FleetLink, 'device' | 'files'>;
  /** Carries a report to the fleet's side; throws where it could be lost. */
  report(report: UpdateReport): void;
}

/** An update, as far as people at the device are told of it. */
export interface UpdateStanding {
  /** Name of the release that is under way. */
  target: string | undefined;
  /** Wall time until which somebody has put it off, milliseconds since 1970 UTC. */
  postponedUntil: number | undefined;
  postponementsLeft: number;
}

type Settings = NonNullable<Configuration['updates']>;

/** Folder of everything that updates keep. */
export function updateFolderOf(dataFolder: string): string {
  return join(dataFolder, 'updates');
}

/** The journal and the floor of a device. Throws UPDATE_FLOOR_MISSING. */
export function openUpdateMemory(dataFolder: string, keys: Keys): FloorDatabase {
  return new FloorDatabase(join(updateFolderOf(dataFolder), 'update.db'), keys);
}

/** Signed updates of models, connected to the appliance. What they have brought runs also while they are off. */
export class Updates {
  readonly exchange: ModelExchange;
  readonly #parts: UpdatesParts;
  readonly #slots: Slots;
  readonly #folder: string;
  #memory: FloorDatabase | undefined;
  #floors: FloorStore | undefined;
  #agent: UpdateAgent | undefined;
  #loop: AgentLoop | undefined;
  #source: RepositorySource | undefined;

  constructor(parts: UpdatesParts) {
    const { options, storage } = parts;
    const { configuration, files, clock } = options;
    this.#parts = parts;
    this.#folder = updateFolderOf(configuration.dataFolder);
    this.#slots = new Slots(files, join(this.#folder, 'slots'), storage.root);
    this.#memory = configuration.updates && this.#open();
    if (this.#memory) takeUp({ clock, store: journalIn(this.#memory), slots: this.#slots });
    this.exchange = new ModelExchange({ ...parts, slots: this.#slots });
  }

  start(): void {
    const { updates } = this.#parts.options.configuration;
    void this.exchange.start();
    if (updates && this.#memory) this.#connect(updates, this.#memory);
  }

  /** A signed assignment has come over the broker. Tells whether anybody is there to look at it. */
  offer(envelope: Buffer): boolean {
    this.#agent?.offer(envelope);
    this.#loop?.wake();
    return this.#agent !== undefined;
  }

  /** Asks for a new assignment now. */
  check(): void {
    this.#loop?.wake();
  }

  /** How the update that is under way stands; undefined while updates are off. */
  get standing(): UpdateStanding | undefined {
    if (!this.#agent) return undefined;
    const { update } = this.#agent.journal;
    const { left, until } = this.#agent.postponement;
    const target = update?.items[update.at]?.target;
    return { target, postponedUntil: until, postponementsLeft: left };
  }

  /** Somebody puts the exchange of a model off. Throws ACT_REFUSED. */
  postpone(): void {
    if (!this.#agent) throw new ScansideError('ACT_REFUSED', 'updates are off');
    this.#agent.postpone();
  }

  close(): void {
    this.#loop?.close();
    this.exchange.close();
    this.#source?.close();
    this.#memory?.close();
  }

  /** Without its memory the device installs nothing, and goes on running what it runs. */
  #open(): FloorDatabase | undefined {
    const { options, storage } = this.#parts;
    options.files.makeFolder(this.#folder);
    try {
      const memory = openUpdateMemory(options.configuration.dataFolder, storage.root);
      this.#floors = this.#countedBy(memory);
      return memory;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** Where the root key lies under a TPM, its counter stands behind the floor. */
  #countedBy(memory: FloorDatabase): FloorStore {
    if (this.#parts.storage.keyLevel !== 'tpm') return memory;
    try {
      return new CountedFloor(memory, openTpmCounter());
    } catch (error) {
      memory.close();
      throw error;
    }
  }

  #connect(updates: Settings, memory: FloorDatabase): void {
    const { configuration, clock, files, log } = this.#parts.options;
    const { device } = configuration;
    const fleet = this.#parts.fleet();
    const name = fleet.device ?? device.serial;
    const reach = reachOf(this.#parts.options, this.#parts.storage.root);
    const source = new RepositorySource({
      ...reach,
      address: updates.repository,
      broker: fleet.files,
      changed: (what, way) => log('warn', 'repository asked another way', { what, way }),
    });
    this.#source = source;
    const agent = new UpdateAgent({
      device: name,
      clock,
      files,
      store: journalIn(memory),
      slots: this.#slots,
      doubted: new Set(),
      source,
      host: this.exchange,
      refresh: this.#refresher(updates, this.#floors ?? memory, source),
      window: updates.window && windowOf(updates.window, device.utcOffsetMinutes),
      trial: { ms: updates.trialMinutes * 60_000, answers: updates.trialExams },
      report: (report) => Promise.resolve(this.#parts.report(report)),
      log,
    });
    this.#agent = agent;
    const address = updates.assignments ?? `${updates.repository.replace(/\/+$/, '')}/assignments`;
    this.#loop = new AgentLoop({
      clock,
      agent,
      assignments: {
        source: new HttpSource({ ...reach, address }),
        name: `${encodeURIComponent(name)}.json`,
      },
      pollMs: updates.pollSeconds * 1000,
      failed: (error) => this.#failed(error),
    });
    this.#loop.start();
  }

  #refresher(
    { rootFile }: Settings,
    floors: FloorStore,
    source: MetadataSource,
  ): () => Promise<Trusted> {
    const { clock, files } = this.#parts.options;
    const factoryRoot = files.readBytes(rootFile);
    checkRoot(factoryRoot);
    const mark = join(this.#folder, 'provisioned');
    return async () => {
      // That the timestamp was not signed later than now is asked at every refresh, so the first needs no other floor.
      const trust = new Trust({
        clock,
        files,
        folder: join(this.#folder, 'metadata'),
        factoryRoot,
        builtAt: readBuildTime(files),
        floors,
        provisioned: files.exists(mark),
      });
      const trusted = await trust.refresh(source);
      if (!files.exists(mark)) files.replace(mark, '');
      return trusted;
    };
  }

  #failed(error: unknown): void {
    this.#parts.options.log('warn', 'updates', {
      detail: error instanceof Error ? error.message : String(error),
    });
  }
}

/** Looks at the files that `updates` names before anything is started. Throws CONFIG_INVALID. */
export function checkUpdateFiles(
  configuration: Configuration,
  files: Files,
  root: () => Keys,
): void {
  const { updates } = configuration;
  if (!updates) return;
  readUpdateTls(configuration, files, root);
  try {
    checkRoot(files.readBytes(updates.rootFile));
  } catch (cause) {
    const detail = `updates.rootFile: ${updates.rootFile} must be a repository's root metadata`;
    throw new ScansideError('CONFIG_INVALID', detail, { cause });
  }
}

/** Certificates are read anew for each connection: they are renewed meanwhile. Throws CONFIG_INVALID. */
function reachOf({ configuration, clock, files }: ApplianceOptions, root: Keys) {
  const tls = () => {
    const read = readUpdateTls(configuration, files, () => root);
    const { authority: ca, certificate: cert, key, serverName: servername } = read ?? {};
    return { ca, cert, key, ...(servername && { servername }) };
  };
  if (!configuration.updates?.tls) return { clock };
  tls();
  return { clock, tls };
}

function windowOf(
  { from, to }: { from: string; to: string },
  utcOffsetMinutes: number,
): UpdateWindow {
  return { from: minutesOf(from), to: minutesOf(to), utcOffsetMinutes };
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
