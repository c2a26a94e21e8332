import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../outside.ts';
import type { Running } from './process.ts';
import { startProgram, until } from './process.ts';

/** Another DICOM node as Orthanc knows it; on loopback. */
export interface Modality {
  title: string;
  port: number;
}

export interface OrthancSettings {
  /** Orthanc's own AE title. */
  title?: string;
  /** Kept between two runs on the same folder. */
  dicomPort?: number;
  /** Of REST and DICOMweb; a free one where absent. */
  httpPort?: number;
  /** By the name that `sendTo` uses. Storage commitment is allowed for each. */
  modalities?: Record<string, Modality>;
  /** Further keys of Orthanc's configuration file. */
  extra?: Record<string, unknown>;
  /** Of its process, such as DCMTK's TCP_NODELAY. */
  environment?: Record<string, string>;
}

/** What Orthanc knows of one storage commitment that it has asked for (Orthanc as SCU). */
export interface CommitmentReport {
  Status: 'Pending' | 'Success' | 'Failure';
  Success: { SOPInstanceUID: string }[];
  Failures: { SOPInstanceUID: string; Description: string }[];
}

const dicomWeb = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';

function configuration(folder: string, httpPort: number, dicomPort: number, use: OrthancSettings) {
  return {
    Name: 'Scanside test peer',
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'index'),
    HttpPort: httpPort,
    DicomPort: dicomPort,
    DicomAet: use.title ?? 'TESTPACS',
    DicomCheckCalledAet: true,
    AuthenticationEnabled: false,
    RemoteAccessAllowed: false,
    DicomAlwaysAllowEcho: true,
    DicomAlwaysAllowStore: true,
    UnknownSopClassAccepted: true,
    OverwriteInstances: false,
    StableAge: 1,
    SaveJobs: false,
    Plugins: existsSync(dicomWeb) ? [dicomWeb] : [],
    DicomModalities: Object.fromEntries(
      Object.entries(use.modalities ?? {}).map(([name, modality]) => [name, described(modality)]),
    ),
    ...use.extra,
  };
}

function described({ title, port }: Modality) {
  return { AET: title, Host: '127.0.0.1', Port: port, AllowStorageCommitment: true };
}

/**
 * Starts Orthanc, headless and without passwords, on free ports; everything that it keeps lies in `folder`, so that
 * a second start on the same folder is a restart. Where OrthancDicomWeb is installed, DICOMweb is served too.
 */
export async function startOrthanc(folder: string, use: OrthancSettings = {}): Promise<Orthanc> {
  mkdirSync(join(folder, 'storage'), { recursive: true });
  const httpPort = use.httpPort ?? (await freePort());
  const dicomPort = use.dicomPort ?? (await freePort());
  const path = join(folder, 'orthanc.json');
  writeFileSync(path, JSON.stringify(configuration(folder, httpPort, dicomPort, use)));
  const isReady = (): Promise<boolean> => answers(`http://127.0.0.1:${httpPort}/system`);
  const running = await startProgram('Orthanc', [path], isReady, 30_000, use.environment);
  return new Orthanc(running, use.title ?? 'TESTPACS', dicomPort, httpPort);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** A running Orthanc. Methods throw with Orthanc's own words when it answers with an error. */
export class Orthanc {
  readonly title: string;
  readonly dicomPort: number;
  /** Address of REST and DICOMweb (`/dicom-web`), without a slash at the end. */
  readonly url: string;
  readonly #running: Running;

  constructor(running: Running, title: string, dicomPort: number, httpPort: number) {
    this.#running = running;
    this.title = title;
    this.dicomPort = dicomPort;
    this.url = `http://127.0.0.1:${httpPort}`;
  }

  get pid(): number {
    return this.#running.pid;
  }

  output(): string {
    return this.#running.output();
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }

  /** Orthanc's identifiers of what matches; `*` and `?` are wildcards, keys are DICOM keywords. */
  async find(
    level: 'Patient' | 'Study' | 'Series' | 'Instance',
    query: Record<string, string> = {},
  ): Promise<string[]> {
    const body = { Level: level, Query: query, CaseSensitive: true };
    return this.#post<string[]>('/tools/find', body);
  }

  /** How many instances it holds that match. */
  async count(query: Record<string, string> = {}): Promise<number> {
    return (await this.find('Instance', query)).length;
  }

  /** Waits until at least `count` instances match; says whether that came true. */
  waitFor(count: number, query: Record<string, string> = {}, limitMs = 20_000): Promise<boolean> {
    return until(async () => (await this.count(query)) >= count, limitMs);
  }

  /** Main tags of the matching instances by keyword, sequences as arrays. */
  async instances(query: Record<string, string> = {}): Promise<Record<string, unknown>[]> {
    const ids = await this.find('Instance', query);
    const path = (id: string): string => `/instances/${id}/simplified-tags`;
    return Promise.all(ids.map((id) => this.#get<Record<string, unknown>>(path(id))));
  }

  /** The stored DICOM file of one instance. */
  async file(id: string): Promise<Uint8Array> {
    const reply = await this.#ask(`/instances/${id}/file`);
    return new Uint8Array(await reply.arrayBuffer());
  }

  /** Adds or replaces a modality while Orthanc runs. */
  async introduce(name: string, modality: Modality): Promise<void> {
    await this.#ask(`/modalities/${name}`, 'PUT', described(modality));
  }

  /** C-STORE SCU: sends instances, series, studies or patients by Orthanc's identifiers; waits for the end. */
  async sendTo(name: string, ids: string[]): Promise<void> {
    await this.#post(`/modalities/${name}/store`, { Resources: ids, Synchronous: true });
  }

  async echo(name: string): Promise<void> {
    await this.#post(`/modalities/${name}/echo`, {});
  }

  /** Storage commitment SCU: asks `name` to commit and returns the transaction UID. */
  async requestCommitment(name: string, ids: string[]): Promise<string> {
    const path = `/modalities/${name}/storage-commitment`;
    const answer = await this.#post<{ ID: string }>(path, { Resources: ids });
    return answer.ID;
  }

  commitmentReport(transactionUid: string): Promise<CommitmentReport> {
    return this.#get(`/storage-commitment/${transactionUid}`);
  }

  async #get<Answer>(path: string): Promise<Answer> {
    return JSON.parse(await (await this.#ask(path)).text());
  }

  async #post<Answer>(path: string, body: unknown): Promise<Answer> {
    return JSON.parse(await (await this.#ask(path, 'POST', body)).text());
  }

  async #ask(path: string, method = 'GET', body?: unknown): Promise<Response> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const reply = await fetch(`${this.url}${path}`, { method, ...content });
    if (reply.ok) return reply;
    throw new Error(`Orthanc: ${method} ${path}: ${reply.status} ${await reply.text()}`);
  }
}
