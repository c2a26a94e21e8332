import { z } from 'zod';
import type { Clock } from './clock.ts';
import { ScansideError } from './errors.ts';

/** Where the supervisor of balenaOS listens, and the key that it has given this service. */
export interface SupervisorAddress {
  url: string;
  key: string;
}

/** The device as its supervisor sees it (`GET /v1/device`). */
export type DeviceState = z.output<typeof deviceState>;
/** Containers and images of this application (`GET /v2/state/status`). */
export type ApplicationStatus = z.output<typeof applicationStatus>;
/** Services by application and name (`GET /v2/applications/state`). */
export type ServiceStates = z.output<typeof serviceStates>;

/** `force` does it in spite of an update lock. */
export interface Forcible {
  force?: boolean;
}

/**
 * What the appliance asks of balena's supervisor. Every call rejects with a ScansideError: SUPERVISOR_UNREACHABLE,
 * SUPERVISOR_REFUSED (key or request), SUPERVISOR_LOCKED (an update lock is held) or SUPERVISOR_FAILED.
 */
export interface Supervisor {
  device(): Promise<DeviceState>;
  status(): Promise<ApplicationStatus>;
  services(): Promise<ServiceStates>;
  /** Has it look for an update, and apply one that it has. */
  update(options?: Forcible): Promise<void>;
  reboot(options?: Forcible): Promise<void>;
  shutdown(options?: Forcible): Promise<void>;
  restartService(applicationId: number, serviceName: string, options?: Forcible): Promise<void>;
}

const text = z.string().nullish();
const flag = z.boolean().nullish();
const percent = z.number().min(0).max(100).nullish();

// Supervisors add fields from version to version, and leave out what is not known yet.
const deviceState = z.looseObject({
  status: z.string(),
  commit: text,
  ip_address: text,
  os_version: text,
  supervisor_version: text,
  update_pending: flag,
  update_downloaded: flag,
  update_failed: flag,
  download_progress: percent,
});

const applicationStatus = z.looseObject({
  status: z.literal('success'),
  appState: z.string(),
  overallDownloadProgress: percent,
  containers: z.array(z.looseObject({ status: z.string(), serviceName: z.string() })),
  images: z.array(z.looseObject({ status: z.string(), downloadProgress: percent })),
  release: text,
});

const serviceStates = z.record(
  z.string(),
  z.looseObject({
    appId: z.number().int(),
    services: z.record(z.string(), z.looseObject({ status: z.string() })),
  }),
);

/** Longest answer that is read, bytes; the state of a device is a few kilobytes. */
const longestAnswer = 1 << 20;
/** Longest wait for an answer, milliseconds. A supervisor that stops services first takes its time. */
const answerMs = 30_000;

/** The address in the environment of a service with the label for it; undefined where there is no balena. */
export function readSupervisorAddress(
  environment: Record<string, string | undefined>,
): SupervisorAddress | undefined {
  const url = environment['BALENA_SUPERVISOR_ADDRESS'];
  const key = environment['BALENA_SUPERVISOR_API_KEY'];
  return url && key ? { url, key } : undefined;
}

export function connectSupervisor(address: SupervisorAddress, clock: Clock): Supervisor {
  const get = async <T>(path: string, schema: z.ZodType<T>) =>
    read(path, await ask(address, clock, path), schema);
  const post = async (path: string, body: object) => void (await ask(address, clock, path, body));
  return {
    device: () => get('/v1/device', deviceState),
    status: () => get('/v2/state/status', applicationStatus),
    services: () => get('/v2/applications/state', serviceStates),
    update: (options = {}) => post('/v1/update', options),
    reboot: (options = {}) => post('/v1/reboot', options),
    shutdown: (options = {}) => post('/v1/shutdown', options),
    restartService: (applicationId, serviceName, options = {}) =>
      post(`/v2/applications/${applicationId}/restart-service`, { serviceName, ...options }),
  };
}

interface Answer {
  status: number;
  text: string;
}

/** The text of an answer that says yes. */
async function ask(
  address: SupervisorAddress,
  clock: Clock,
  path: string,
  body?: object,
): Promise<string> {
  const answer = await exchange(address, clock, path, body);
  if (answer.status < 200 || answer.status > 299) throw refusal(path, answer);
  return answer.text;
}

function read<T>(path: string, answer: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(answer));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => issue.path.join('.') || 'the answer').join(', ');
  throw new ScansideError('SUPERVISOR_FAILED', `${path}: ${wrong} is not what is expected`);
}

async function exchange(
  address: SupervisorAddress,
  clock: Clock,
  path: string,
  body: object | undefined,
): Promise<Answer> {
  const ending = new AbortController();
  const cancel = clock.after(answerMs, () => ending.abort());
  try {
    const response = await fetch(locate(address, path), {
      signal: ending.signal,
      redirect: 'error',
      ...(body && {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    return { status: response.status, text: await readCapped(response) };
  } catch (cause) {
    if (cause instanceof ScansideError) throw cause;
    throw new ScansideError('SUPERVISOR_UNREACHABLE', `${path}: ${describe(cause, ending)}`);
  } finally {
    cancel();
  }
}

/** The supervisor takes its key in the query; therefore no address is part of any message, nor any cause. */
function locate({ url, key }: SupervisorAddress, path: string): URL {
  const full = new URL(path, url);
  full.searchParams.set('apikey', key);
  return full;
}

function describe(cause: unknown, ending: AbortController): string {
  if (ending.signal.aborted) return `no answer in ${answerMs / 1000} s`;
  const { cause: reason } = cause as { cause?: { code?: string } };
  return reason?.code ?? 'the connection broke';
}

async function readCapped(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > longestAnswer)
      throw new ScansideError('SUPERVISOR_FAILED', `the answer is longer than ${longestAnswer} B`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}

const locked = 423;
const serverFault = 500;

function refusal(path: string, { status, text: answer }: Answer): ScansideError {
  const detail = `${path}: HTTP ${status}${reasonIn(answer)}`;
  if (status === locked) return new ScansideError('SUPERVISOR_LOCKED', detail);
  if (status >= serverFault) return new ScansideError('SUPERVISOR_FAILED', detail);
  return new ScansideError('SUPERVISOR_REFUSED', detail);
}

/** The supervisor's own words: version 1 of its API calls them Error, version 2 message. */
function reasonIn(answer: string): string {
  const spoken = z
    .looseObject({ Error: z.string().optional(), message: z.string().optional() })
    .safeParse(parseJson(answer));
  const reason = spoken.data?.Error || spoken.data?.message;
  return reason ? `: ${reason.slice(0, 200)}` : '';
}
