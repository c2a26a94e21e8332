import type { z } from 'zod';
import { type Clock, sleep } from '../../../device/clock.ts';
import { ScansideError } from '../../../device/errors.ts';
import { createConnections, type HttpAnswer, type HttpRequest } from './http-exchange.ts';
import { binaryExtension, type EncodedRequest, jsonLengthHeader } from './inference-request.ts';
import {
  type ModelMetadata,
  modelConfiguration,
  modelMetadata,
  readFailure,
  readMessage,
  type ServerMetadata,
  serverFault,
  serverMetadata,
} from './protocol.ts';
import { type Failure, pauseBeforeRetry } from './retry.ts';
import type { KserveSettings } from './settings.ts';

/** A model as the server names it; without a version the server takes one. */
export interface ModelName {
  name: string;
  version?: string | undefined;
}

/** The requests of the protocol. Each throws as `HttpConnections.exchange` does, and INFERENCE_SERVER_FAULT. */
export interface InferenceServer {
  isLive(): Promise<boolean>;
  /** Whether all its models are ready: more than one network needs. */
  isReady(): Promise<boolean>;
  metadata(): Promise<ServerMetadata>;
  isModelReady(model: ModelName): Promise<boolean>;
  modelMetadata(model: ModelName): Promise<ModelMetadata>;
  /** Parameters of Triton's model configuration, for a server with that extension. */
  modelParameters(model: ModelName): Promise<Readonly<Record<string, string | undefined>>>;
  infer(
    model: ModelName,
    request: EncodedRequest,
    signal?: AbortSignal,
  ): Promise<{ body: Buffer; jsonLength: string | undefined }>;
  close(): void;
}

export interface ServerSeams {
  clock: Clock;
  /** From 0 to 1, for pauses. */
  random?: () => number;
}

/** Names of server extensions. */
export const extensions = {
  binary: binaryExtension,
  configuration: 'model_configuration',
} as const;

/** Bytes of the largest answer that is no inference. */
const largestMetadata = 1 << 20;

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The address, or CONFIG_INVALID for one that is none or that would show the token to the network. */
export function readAddress({ url, token }: Pick<KserveSettings, 'url' | 'token'>): URL {
  const refuse = (expected: string) =>
    new ScansideError('CONFIG_INVALID', `inference server ${url}; expected: ${expected}`);
  const address = URL.parse(url);
  if (!address || !['http:', 'https:'].includes(address.protocol))
    throw refuse('an address with http or https');
  if (address.username || address.password || address.search || address.hash)
    throw refuse('an address without user, question mark or hash');
  if (token !== undefined && address.protocol === 'http:' && !loopback.has(address.hostname))
    throw refuse('https, because a token is sent');
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw refuse('a token of printable characters');
  return address;
}

function pathOf({ name, version }: ModelName): string {
  const path = `/v2/models/${encodeURIComponent(name)}`;
  return version === undefined ? path : `${path}/versions/${encodeURIComponent(version)}`;
}

/** What may pass of an exchange that brought no answer to work with. */
function failureOf(outcome: HttpAnswer | Error): Failure | undefined {
  if (!(outcome instanceof Error))
    return { end: 'status', status: outcome.status, retryAfter: outcome.headers['retry-after'] };
  const lost = outcome instanceof ScansideError && outcome.code === 'PEER_UNREACHABLE';
  return lost ? { end: 'unreachable' } : undefined;
}

/** A server by its settings; nothing is asked of it yet. Throws CONFIG_INVALID. */
export function createServer(settings: KserveSettings, seams: ServerSeams): InferenceServer {
  const { clock, random = Math.random } = seams;
  const { token, timeoutMs, attempts, longestRetryPauseMs: longestPauseMs } = settings;
  const address = readAddress(settings);
  const connections = createConnections(address, settings.tls ?? {}, clock);
  const prefix = address.pathname.replace(/\/+$/, '');
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };

  /** Asks until there is an answer with status 200, or no use in asking again; all within `timeoutMs`. */
  async function ask(
    request: Omit<HttpRequest, 'headers'> & Partial<HttpRequest>,
    largest: number,
    signal?: AbortSignal,
  ): Promise<HttpAnswer> {
    const headers = { accept: '*/*', ...authorization, ...request.headers };
    const whole = { ...request, path: `${prefix}${request.path}`, headers };
    const end = clock.monotonic() + timeoutMs;
    for (let attempt = 1; ; attempt++) {
      const limits = { timeoutMs: end - clock.monotonic(), largest };
      const outcome = await connections
        .exchange(whole, limits, signal)
        .catch((error: unknown) => error as Error);
      const failed = outcome instanceof Error;
      if (!failed && outcome.status === 200) return outcome;
      const failure = failureOf(outcome);
      const limit = { attempts, longestPauseMs };
      const pause = failure && pauseBeforeRetry(failure, attempt, limit, random());
      if (pause === undefined || clock.monotonic() + pause >= end) {
        if (failed) throw outcome;
        return outcome;
      }
      await sleep(clock, pause);
    }
  }

  /** The same, where every other status is a failure. */
  async function need(...asked: Parameters<typeof ask>): Promise<HttpAnswer> {
    const answer = await ask(...asked);
    if (answer.status === 200) return answer;
    throw serverFault(`${asked[0].path}: status ${answer.status}${readFailure(answer.body)}`);
  }

  async function get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const { body } = await need({ method: 'GET', path }, largestMetadata);
    return readMessage(path, schema, body);
  }

  const says = async (path: string): Promise<boolean> => {
    const { status } = await ask({ method: 'GET', path }, largestMetadata);
    return status === 200;
  };

  return {
    isLive: () => says('/v2/health/live'),
    isReady: () => says('/v2/health/ready'),
    metadata: () => get('/v2', serverMetadata),
    isModelReady: (model) => says(`${pathOf(model)}/ready`),
    modelMetadata: (model) => get(pathOf(model), modelMetadata),
    async modelParameters(model) {
      const { parameters = {} } = await get(`${pathOf(model)}/config`, modelConfiguration);
      const texts = Object.entries(parameters).map(([key, value]) => [key, value.string_value]);
      return Object.fromEntries(texts) as Record<string, string | undefined>;
    },
    async infer(model, { headers, body }, signal) {
      const request = { method: 'POST', path: `${pathOf(model)}/infer`, headers, body } as const;
      const answer = await need(request, settings.largestAnswer, signal);
      const length = answer.headers[jsonLengthHeader];
      return { body: answer.body, jsonLength: Array.isArray(length) ? length.join() : length };
    },
    close: connections.close,
  };
}
