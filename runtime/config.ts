import { z } from 'zod';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { audit } from './audit-config.ts';
import { aeTitle, port, restart, seconds } from './config-value.ts';
import { fhirDestination } from './fhir-config.ts';
import { hl7Destination } from './hl7-config.ts';
import { inference } from './inference-config.ts';
import { metrics } from './metrics-config.ts';
import { mqtt } from './mqtt-config.ts';
import { destinationName, destinationRule, reportForm } from './destination-config.ts';
import type { DestinationRule } from './outbox/destination-rule.ts';
import { panel } from './panel-config.ts';
import { quality } from './quality-config.ts';
import { destinationTls, receiver } from './receiver-config.ts';
import { shadow } from './shadow-config.ts';
import { stowDestination } from './stow-config.ts';
import { updates } from './update-config.ts';

const dicomDestination = z.strictObject({
  protocol: z
    .literal('dicom')
    .optional()
    .default('dicom')
    .meta(restart('DICOM objects go to the PACS by C-STORE, proved by Storage Commitment.')),
  name: destinationName,
  host: z.string().min(1).meta(restart('Host name or address of the PACS.')),
  port: port.min(1).meta(restart('TCP port of the PACS.')),
  aeTitle: aeTitle.meta(restart('AE title of the PACS.')),
  commitment: z
    .boolean()
    .default(true)
    .meta(
      restart(
        'Whether the PACS offers Storage Commitment. Without it, "stored" is the last proof of delivery that exists.',
      ),
    ),
  commitmentWaitSeconds: seconds
    .default(60)
    .meta(restart('How long to wait for a commitment report before asking again.')),
  form: reportForm,
  tls: destinationTls.optional().meta(restart('DICOM over TLS towards the PACS.')),
  ...destinationRule(['report', 'key-objects', 'measurements', 'segmentation', 'heatmap']),
});

/** Told apart by `protocol`; an older file that does not say it means `dicom`. */
const destination = z.discriminatedUnion(
  'protocol',
  [dicomDestination, stowDestination, hl7Destination, fhirDestination],
  {
    error: ({ code }) => (code === 'invalid_union' ? 'dicom, stow, hl7 or fhir' : undefined),
  },
);

const study = z.strictObject({
  quietSeconds: seconds
    .default(10)
    .meta(
      restart(
        'A study is complete when no association holds it open and this long has passed without an image.',
      ),
    ),
  openQuietSeconds: seconds
    .default(90)
    .meta(restart('The same while the scanner keeps its association open without sending.')),
});

const percent = z.number().min(0).max(90);

const spool = z.strictObject({
  encryption: z
    .boolean()
    .default(true)
    .meta(
      restart(
        'Seal what is received, results and state with keys that the key in `dataFolder`/keys protects. Off only on an encrypted disk. What lies there is read in any case.',
      ),
    ),
  keepDays: z
    .number()
    .positive()
    .max(3650)
    .default(30)
    .meta(
      restart(
        'Days after which a study is erased, when every destination has committed to its results. With no destination nothing is erased.',
      ),
    ),
  cleanBelowPercentFree: percent
    .default(15)
    .meta(
      restart(
        'With less of the disk free than this, delivered studies are erased before their time, the oldest first.',
      ),
    ),
  refuseBelowPercentFree: percent
    .default(5)
    .meta(
      restart(
        'With less of the disk free than this, images are refused with status A700, which tells the scanner to send them again. Results never are.',
      ),
    ),
});

const models = z.strictObject({
  folder: z
    .string()
    .min(1)
    .default('models/bundles')
    .meta(restart('Folder of model bundles; relative to the program’s own folder.')),
  enabled: z
    .array(z.string())
    .default(['chest-child', 'chest-adult', 'ct-head-demo'])
    .meta(restart('Bundles to run: NAME for the newest version that is there, or NAME@VERSION.')),
});

const device = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .default('Scanside')
    .meta(restart('Name of this device, such as its bay.')),
  serial: z
    .string()
    .min(1)
    .max(64)
    .default('DEMO-0001')
    .meta(
      restart(
        'Serial number. Part of every UID this device makes: never change it, never give it to two devices.',
      ),
    ),
  utcOffsetMinutes: z
    .int()
    .min(-840)
    .max(840)
    .default(0)
    .meta(restart('Local time zone, in minutes east of UTC, for the dates in results.')),
});

/** The one schema: types, defaults, validation and the reference page all come from it. Unknown keys are refused. */
export const configurationSchema = z.strictObject({
  dataFolder: z
    .string()
    .min(1)
    .default('data')
    .meta(
      restart('Folder for received images, results and state; relative to the working folder.'),
    ),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .meta(restart('Least severe log line that is written.')),
  device: device.prefault({}),
  receiver: receiver.prefault({}),
  spool: spool.prefault({}),
  study: study.prefault({}),
  models: models.prefault({}),
  inference: inference.prefault({}),
  panel: panel.prefault({}),
  audit: audit.prefault({}),
  quality: quality.prefault({}),
  shadow,
  metrics: metrics.optional().meta(restart('Figures for Prometheus; off where absent.')),
  mqtt: mqtt
    .optional()
    .meta(restart('The broker of the fleet’s side; without it the device speaks to none.')),
  updates,
  destinations: z
    .array(destination)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      error: 'every destination has its own name',
    })
    .default([])
    .meta(
      restart(
        'Where results go; the tables below tell of each `protocol`. With none they are kept and shown, and sent as soon as there is one.',
      ),
    ),
});

export type Configuration = z.infer<typeof configurationSchema>;
export type DestinationConfiguration = z.infer<typeof destination>;

/** Whether a destination proves what it has, as storage commitment does; without that its word is the last there is. */
export function isProved(to: DestinationConfiguration): boolean {
  if (to.protocol === 'dicom') return to.commitment;
  return to.protocol === 'stow' && to.verify === 'query';
}

/** What a destination is sent: messages where it does not speak DICOM. */
export function ruleOf(to: DestinationConfiguration): DestinationRule {
  const { name, results, models } = to;
  return { name, results, models, objects: 'objects' in to ? to.objects : ['message'] };
}

/** Whether anybody between could read what is sent to a destination. */
function isOpen(to: DestinationConfiguration): boolean {
  if ('host' in to) return isRemote(to.host) && !to.tls;
  const { protocol, hostname } = new URL(to.url);
  return protocol !== 'https:' && isRemote(hostname.replaceAll(/[[\]]/g, ''));
}

function isRemote(host: string): boolean {
  return !['127.0.0.1', 'localhost', '::1'].includes(host);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  );
}

function explain(issue: z.core.$ZodIssue, input: unknown): string {
  const at = issue.path.map(String).join('.') || 'the file';
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => (issue.path.length ? `${at}.${key}` : key)).join(', ');
    return `${names}: not a key of this version; expected: a key from docs/configuration.md`;
  }
  const value = JSON.stringify(valueAt(input, issue.path)) ?? 'missing';
  return `${at} = ${value.slice(0, 80)}; expected: ${issue.message}`;
}

/** Checks a parsed file. Throws CONFIG_INVALID with every wrong key, its value and what is expected. */
export function parseConfiguration(input: unknown): Configuration {
  const result = configurationSchema.safeParse(input);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `\n  ${explain(issue, input)}`);
  throw new ScansideError('CONFIG_INVALID', lines.join(''));
}

/** Reads the file at `path`; with none, the embedded defaults. Throws CONFIG_UNREADABLE or CONFIG_INVALID. */
export function loadConfiguration(path: string | undefined, files: Files): Configuration {
  if (path === undefined) return parseConfiguration({});
  let input: unknown;
  try {
    input = JSON.parse(files.readText(path));
  } catch (cause) {
    throw new ScansideError('CONFIG_UNREADABLE', `${path}: ${(cause as Error).message}`, { cause });
  }
  return parseConfiguration(input);
}

/** What a configuration leaves open that a hospital must not: printed loudly at start. */
export function listUnsafe(configuration: Configuration): string[] {
  const { receiver, panel, destinations, models, device } = configuration;
  return [
    device.serial === 'DEMO-0001' &&
      'device.serial is the default: results of two devices could not be told apart',
    isRemote(receiver.host) &&
      receiver.callers.length === 0 &&
      'receiver.callers is empty: the receiver takes images from any caller',
    isRemote(receiver.host) &&
      receiver.plain &&
      'receiver.plain is on: images cross the network without TLS',
    receiver.tls?.mutual === false && 'receiver.tls.mutual is off: callers show no certificate',
    isRemote(panel.host) &&
      panel.https === 'device' &&
      'panel.https is device: a browser trusts the panel only when its certificate was installed there',
    destinations.length === 0 && 'there is no destination: results stay on this device',
    destinations.some(isOpen) && 'a destination has no tls: results cross the network without it',
    destinations.some((to) => 'objects' in to && !isProved(to)) &&
      'a destination has no storage commitment: delivery is not proved',
    models.enabled.some((name) => /^(chest-|ct-head-demo)/.test(name)) &&
      'the models that come with the device are for research and demonstration, not for clinical use',
    !configuration.spool.encryption &&
      'spool.encryption is off: images and results are not encrypted on disk',
    configuration.audit.hospitalKeyFile === undefined &&
      'audit.hospitalKeyFile is not set: nobody but the device can read its audit log',
  ].filter((line) => line !== false);
}

interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  requiresRestart?: boolean;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  /** What an item may be, told apart by `protocol`. */
  oneOf?: JsonSchema[];
  const?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
}

function describeRange(schema: JsonSchema): string {
  if (schema.type === 'array') return `list of ${schema.items?.type ?? 'object'}s`;
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  const { type = '', minimum, maximum } = schema;
  return minimum === undefined && maximum === undefined
    ? type
    : `${type}, ${minimum ?? 'above 0'} to ${maximum ?? ''}`;
}

function describeKeys(schema: JsonSchema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = path ? `${path}.${key}` : key;
    const keys = describeKeys(value, name);
    if (value.properties && !value.description) return keys;
    const row = `| \`${name}\` | ${describeRange(value)} | ${describeDefault(key, schema)} | ${value.requiresRestart ? 'yes' : 'no'} | ${value.description ?? ''} |`;
    return [row, ...keys, ...(value.items ? describeKeys(value.items, `${name}[]`) : [])];
  });
}

function describeDefault(key: string, { properties, required }: JsonSchema): string {
  const value = properties?.[key]?.default;
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  return required?.includes(key) ? 'required' : 'none';
}

const tableHead = ['| key | type | default | restart | meaning |', '|---|---|---|---|---|'];

/** A table for each protocol of a destination. */
function describeProtocols({ properties }: JsonSchema): string[] {
  const protocols = properties?.['destinations']?.items?.oneOf ?? [];
  return protocols.flatMap((each) => [
    `## Destinations of protocol \`${each.properties?.['protocol']?.const}\``,
    '',
    ...tableHead,
    ...describeKeys(each, 'destinations[]'),
    '',
  ]);
}

/** The reference page `docs/configuration.md`. */
export function describeConfiguration(): string {
  const schema = z.toJSONSchema(configurationSchema, { io: 'input' }) as JsonSchema;
  return [
    '# Configuration',
    '',
    'A JSON file, named in the environment variable `SCANSIDE_CONFIG`. Every key is optional unless it says "required";',
    'unknown keys are refused. A wrong file stops the program with exit code 2 before it touches anything.',
    'This page is made from the schema by `npm run docs`.',
    '',
    ...tableHead,
    ...describeKeys(schema, ''),
    '',
    ...describeProtocols(schema),
  ].join('\n');
}
