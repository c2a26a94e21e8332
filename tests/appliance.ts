import { rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';
import type { ScannerOptions } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import type { MachineRoots } from '../device/machine/attribute.ts';
import type { ExamView, PanelSource } from '../panel/source.ts';
import type { Appliance } from '../runtime/appliance.ts';
import { startAppliance } from '../runtime/compose.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { dial, type ScuAssociation, type StorableObject } from '../runtime/dicom/sender.ts';
import { programFolder } from '../runtime/service.ts';
import type { SpoolFolder } from '../runtime/spool/recovery.ts';
import { openSegmentKeys } from '../runtime/spool/segment-keys.ts';
import { readExtent, scanSegment } from '../runtime/spool/segment-reader.ts';
import { temporaryFolder, until } from './peers/process.ts';

export const deviceAeTitle = 'SCANSIDE';
export const scannerAeTitle = 'SCANNER';

/** Options of a test that starts whole appliances: a busy machine must not make it fail. */
export const journey = { timeout: 180_000 };

export interface ApplianceSettings {
  /** Of an earlier run, to go on from; a fresh one where absent. */
  dataFolder?: string;
  /** A free one where absent. */
  receiverPort?: number;
  quietSeconds?: number;
  /** Each with a short wait for its proof. */
  destinations?: readonly Record<string, unknown>[];
  /** Further keys of `receiver` and `study`. */
  receiver?: Record<string, unknown>;
  study?: Record<string, unknown>;
  /** The model of phantoms where absent. */
  models?: { folder?: string; enabled: string[] };
  inference?: Record<string, unknown>;
  audit?: Record<string, unknown>;
  device?: Record<string, unknown>;
  metrics?: { port: number };
  /** The broker of the fleet's side; none where absent. */
  mqtt?: Record<string, unknown>;
  updates?: Record<string, unknown>;
  shadow?: Record<string, unknown>;
  /** Where the kernel's files lie, where a test has some of its own. */
  machine?: MachineRoots;
}

/** A record of the spool with its bytes. */
export interface SpoolRecord {
  meta: Record<string, unknown>;
  data: Buffer;
}

/** Starts a real appliance, with its processes, on free loopback ports. It ends with the test. */
export async function startTestAppliance(
  settings: ApplianceSettings = {},
): Promise<RunningAppliance> {
  const dataFolder = settings.dataFolder ?? makeDataFolder();
  const log: string[] = [];
  const appliance = await startAppliance({
    clock: systemClock,
    files: disk,
    programFolder,
    softwareVersion: '0.0.0',
    configuration: parseConfiguration({
      dataFolder,
      receiver: { port: settings.receiverPort ?? 0, aeTitle: deviceAeTitle, ...settings.receiver },
      study: { quietSeconds: settings.quietSeconds ?? 0.5, ...settings.study },
      panel: { port: 0, https: 'off' },
      destinations: (settings.destinations ?? []).map((each) =>
        ['hl7', 'fhir'].includes(String(each['protocol']))
          ? each
          : { ...each, commitmentWaitSeconds: 5 },
      ),
      models: settings.models ?? { enabled: ['chest-demo'] },
      inference: settings.inference,
      audit: settings.audit,
      device: settings.device,
      metrics: settings.metrics,
      mqtt: settings.mqtt,
      updates: settings.updates,
      shadow: settings.shadow,
    }),
    ...(settings.machine && { machine: settings.machine }),
    log: (_level, event, fields) => void log.push(`${event} ${JSON.stringify(fields ?? {})}`),
  });
  const running = new RunningAppliance(appliance, dataFolder, log);
  onTestFinished(() => running.stop());
  return running;
}

/** A data folder that outlives a restart and not the test. */
export function makeDataFolder(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  return folder.path;
}

/** Deletes the state database of a stopped appliance, which the next start makes again from the spool. */
export function forgetState(dataFolder: string): void {
  for (const end of ['', '-wal', '-shm'])
    rmSync(join(dataFolder, `state.db${end}`), { force: true });
}

/** The records of one kind of segment, whether or not the appliance runs. */
export function readSpool(dataFolder: string, kind: SpoolFolder): SpoolRecord[] {
  const spool = join(dataFolder, 'spool');
  const folder = join(spool, kind);
  const keys = openSegmentKeys(disk, spool, keyFolderOf(dataFolder));
  return disk
    .list(folder)
    .flatMap((name) => scanSegment(disk, join(folder, name), 0, keys).records)
    .map((record) => ({ meta: record.meta, data: readExtent(disk, record, keys) }));
}

export class RunningAppliance {
  readonly dataFolder: string;
  /** What it has logged so far. */
  readonly log: string[];
  readonly #appliance: Appliance;
  #stopped: Promise<void> | undefined;

  constructor(appliance: Appliance, dataFolder: string, log: string[]) {
    this.#appliance = appliance;
    this.dataFolder = dataFolder;
    this.log = log;
  }

  get port(): number {
    return this.#appliance.receiverPort;
  }

  /** The port for DICOM over TLS; 0 where there is none. */
  get tlsPort(): number {
    return this.#appliance.receiverTlsPort;
  }

  get pids(): Appliance['pids'] {
    return this.#appliance.pids;
  }

  /** Address of the panel. */
  get panelUrl(): string {
    return this.#appliance.panelUrl;
  }

  /** How the virtual scanner reaches it. */
  get scanner(): ScannerOptions {
    const device = { host: '127.0.0.1', port: this.port, aeTitle: deviceAeTitle };
    return { clock: systemClock, aeTitle: scannerAeTitle, device };
  }

  /** What the panel is shown. */
  get source(): PanelSource {
    return this.#appliance.source;
  }

  exams(): ExamView[] {
    return this.source.exams();
  }

  exam(id: string): ExamView | undefined {
    return this.exams().find((exam) => exam.id === id);
  }

  /** Opens an association that offers every SOP class and transfer syntax of the objects, each pair on its own. */
  associate(objects: StorableObject[]): Promise<ScuAssociation> {
    const pairs = objects.map((each) => `${each.sopClassUid} ${each.transferSyntaxUid}`);
    return dial({
      host: '127.0.0.1',
      port: this.port,
      callingAeTitle: scannerAeTitle,
      calledAeTitle: deviceAeTitle,
      maxPduLength: 131_072,
      connectMs: 5000,
      responseMs: 20_000,
      clock: systemClock,
      contexts: [...new Set(pairs)].map((pair) => {
        const [abstractSyntax = '', transferSyntax = ''] = pair.split(' ');
        return { abstractSyntax, transferSyntaxes: [transferSyntax] };
      }),
    });
  }

  /** Waits until all these exams are there and as wanted; throws with what they are instead. */
  async untilExams(
    ids: readonly string[],
    wanted: (exam: ExamView) => boolean,
    limitMs = 60_000,
  ): Promise<void> {
    const late = () => ids.filter((id) => !this.exams().some((e) => e.id === id && wanted(e)));
    if (await until(() => late().length === 0, limitMs)) return;
    const found = late().map((id) => `\n  ${id}: ${describe(this.exam(id))}`);
    throw new Error(`still waiting for:${found.join('')}\n${this.log.slice(-20).join('\n')}`);
  }

  /** Waits until these exams' results are in the PACS, storage committed. */
  untilCommitted(ids: readonly string[], limitMs?: number): Promise<void> {
    return this.untilExams(ids, ({ state }) => state === 'committed', limitMs);
  }

  /** Ends it in order. Harmless when repeated. */
  stop(): Promise<void> {
    this.#stopped ??= this.#appliance.close();
    return this.#stopped;
  }
}

function describe(exam: ExamView | undefined): string {
  return exam ? `${exam.state}, ${exam.outcome.state}, ${exam.delivery}` : 'not there';
}

/** Whether an exam has its one answer and nothing more is to come before delivery. */
export function isTerminal({ state, outcome }: ExamView): boolean {
  return !['receiving', 'complete', 'analysing'].includes(state) && outcome.state !== 'pending';
}

/** Ends a process at once, as the kernel does when memory is short. */
export function killNow(pid: number | undefined): void {
  if (pid === undefined) throw new Error('there is no such process');
  process.kill(pid, 'SIGKILL');
}
