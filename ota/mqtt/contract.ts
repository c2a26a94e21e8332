import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import { auditCheckpoint } from '../messages/audit-checkpoint.ts';
import { birth } from '../messages/birth.ts';
import { command } from '../messages/command.ts';
import { commandReply } from '../messages/command-reply.ts';
import { event } from '../messages/event.ts';
import { fileRefusal } from '../messages/file-refusal.ts';
import { fileRequest } from '../messages/file-request.ts';
import { lwt } from '../messages/lwt.ts';
import { otaReport } from '../messages/ota-report.ts';
import { state } from '../messages/state.ts';
import { summary } from '../messages/summary.ts';
import { telemetry } from '../messages/telemetry.ts';
import { dsseEnvelope } from '../trust/dsse.ts';
import type { DownTopic, UpTopic } from './topics.ts';

interface MessageEntry {
  topic: { direction: 'up'; name: UpTopic } | { direction: 'down'; name: DownTopic };
  schema: z.ZodType;
  retained: boolean;
  /** What it is for, in one sentence. */
  means: string;
}

const up = (name: UpTopic) => ({ direction: 'up', name }) as const;
const down = (name: DownTopic) => ({ direction: 'down', name }) as const;

/**
 * Every message between a device and the fleet's side: QoS 1, JSON in UTF-8, its name in the user property `schema`. Who
 * sends it stands in the topic, which the broker checks against the certificate. `docs/mqtt.md` is made from this table.
 */
export const messages = {
  birth: {
    topic: up('birth'),
    schema: birth,
    retained: true,
    means: 'The device is there, and what it is.',
  },
  lwt: { topic: up('lwt'), schema: lwt, retained: true, means: 'A connection has ended.' },
  state: {
    topic: up('state'),
    schema: state,
    retained: true,
    means: 'What the device runs, to be compared with what is desired.',
  },
  telemetry: {
    topic: up('telemetry'),
    schema: telemetry,
    retained: false,
    means: 'How the device stands: health, heat, work, disk, certificates.',
  },
  summary: {
    topic: up('summary'),
    schema: summary,
    retained: false,
    means: 'One model over some days, as histograms that add up.',
  },
  event: {
    topic: up('event'),
    schema: event,
    retained: false,
    means: 'A condition of the device has begun or ended.',
  },
  'audit-checkpoint': {
    topic: up('audit'),
    schema: auditCheckpoint,
    retained: false,
    means: 'A signed checkpoint of the audit log, for a witness to keep.',
  },
  'ota-report': {
    topic: up('ota'),
    schema: otaReport,
    retained: false,
    means: 'How far an update is.',
  },
  'command-reply': {
    topic: up('reply'),
    schema: commandReply,
    retained: false,
    means: 'What became of a command.',
  },
  'file-request': {
    topic: up('file'),
    schema: fileRequest,
    retained: false,
    means: 'The device asks for part of a signed file.',
  },
  desired: {
    topic: down('desired'),
    schema: dsseEnvelope,
    retained: true,
    means: 'The director’s signed assignment, as docs/updates.md says.',
  },
  command: {
    topic: down('cmd'),
    schema: command,
    retained: false,
    means: 'The device is to do something harmless.',
  },
  'file-refusal': {
    topic: down('file'),
    schema: fileRefusal,
    retained: false,
    means: 'Why part of a file is not sent.',
  },
} as const satisfies Record<string, MessageEntry>;

export type MessageName = keyof typeof messages;

export type Message<N extends MessageName> = z.infer<(typeof messages)[N]['schema']>;

/** `schema` of an answer that is the bytes of a file and no JSON. */
export const chunkSchema = 'file-chunk';

/** Most bytes of a message of JSON. */
export const longestMessage = 64 * 1024;

/** The bytes of a message. Throws INTERNAL where it is not as its schema says: nothing else leaves a device. */
export function encodeMessage<N extends MessageName>(name: N, message: Message<N>): Buffer {
  const read = messages[name].schema.safeParse(message);
  if (read.success) return Buffer.from(JSON.stringify(read.data));
  throw new ScansideError('INTERNAL', `${name}: ${z.prettifyError(read.error)}`);
}

/** The message in some bytes. Throws MQTT_MESSAGE_MALFORMED. */
export function readMessage<N extends MessageName>(name: N, bytes: Uint8Array): Message<N> {
  if (bytes.length > longestMessage) throw malformed(name, `${bytes.length} bytes`);
  const read = messages[name].schema.safeParse(parse(bytes));
  if (read.success) return read.data as Message<N>;
  throw malformed(name, z.prettifyError(read.error));
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function malformed(name: MessageName, detail: string): ScansideError {
  return new ScansideError('MQTT_MESSAGE_MALFORMED', `${name}: ${detail}`);
}
