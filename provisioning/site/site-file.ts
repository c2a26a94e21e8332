import { isMap, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import { configurationSchema } from '../../runtime/config.ts';
import { network } from './network.ts';

const aeTitle = z.string().min(1).max(16);
const hostAndPort = z.string().regex(/^[\w.-]+(:\d{1,5})?$/, 'a host, or HOST:PORT');

/** What the site expects of the machine; what is not said is not asked for. */
const expect = z.strictObject({
  /** `tensorrt`: a site that cannot do with the processor alone. */
  accelerator: z.enum(['tensorrt', 'processor']).default('processor'),
  powerMode: z.string().min(1).optional(),
  freeGigabytes: z.number().min(0).max(100_000).default(20),
  memoryGigabytes: z.number().min(0).max(4096).default(2),
  /** Slowest 95th percentile of a model on its reference cases. */
  modelMilliseconds: z.number().positive().max(600_000).optional(),
});

const time = z.strictObject({
  /** Asked in this order until one answers. None: not checked, and the report says so. */
  servers: z.array(hostAndPort).max(8).default([]),
  /** Above a second is a warning, above this a failure. */
  limitSeconds: z.number().min(1).max(3600).default(5),
});

/** Without it the device belongs to no fleet. */
const enrolment = z.strictObject({
  /** As the fleet calls the site: the token is for it alone. */
  site: z.string().min(1).max(64),
  tokenFile: z.string().min(1),
  /** The fleet's public key of tokens; without it the fleet alone checks the token's signature. */
  issuerFile: z.string().min(1).optional(),
});

const rehearsal = z.strictObject({
  /** AE title of the scanner that must be heard; without one nobody is waited for. */
  scanner: aeTitle.optional(),
  waitSeconds: z.number().min(1).max(7200).default(600),
  /** Whether a computer-made exam is sent through the whole device and to its destinations. */
  phantom: z.boolean().default(true),
});

/**
 * The answers of a site: all that a commissioning has to know. `configuration` is the runtime's own file, checked by the
 * runtime's own schema, and is written where `configurationFile` says.
 */
export const siteSchema = z.strictObject({
  site: z.string().min(1).max(120),
  /** Who answers for this commissioning. */
  engineer: z.string().min(1).max(120),
  configurationFile: z.string().min(1),
  /** `tpm`: sealed in the machine's TPM before anything is received. `file`: a warning in the report, level L0. */
  rootKey: z.enum(['file', 'tpm']).default('file'),
  network: network.optional(),
  enrolment: enrolment.optional(),
  expect: expect.prefault({}),
  time: time.prefault({}),
  rehearsal: rehearsal.prefault({}),
  configuration: configurationSchema,
});

export type SiteAnswers = z.infer<typeof siteSchema>;

/** Answers with the runtime's configuration as it was written, without the defaults. */
export interface SiteFile {
  answers: SiteAnswers;
  /** What goes into `configurationFile`. */
  configuration: unknown;
}

/** Reads the YAML of a site. Throws SITE_FILE_INVALID with the line of everything that is wrong. */
export function readSiteFile(text: string): SiteFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const syntax = document.errors.map(
    ({ message, pos }) => `line ${lines.linePos(pos[0]).line}: ${message.split('\n')[0]}`,
  );
  if (syntax.length > 0) throw invalid(syntax);
  const input: unknown = document.toJS({ maxAliasCount: 100 });
  const read = siteSchema.safeParse(input);
  if (!read.success)
    throw invalid(read.error.issues.map((issue) => explain(issue, document, lines)));
  return { answers: read.data, configuration: (input as { configuration: unknown }).configuration };
}

function invalid(found: string[]): ScansideError {
  return new ScansideError('SITE_FILE_INVALID', found.map((line) => `\n  ${line}`).join(''));
}

function explain(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): string {
  const extra = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const path = [...issue.path, ...extra.slice(0, 1)].map(String);
  const where = `line ${lineOf(path, document, lines)}: ${path.join('.') || 'the file'}`;
  if (extra.length > 0) return `${where}: not a key of this version`;
  return `${where}: ${issue.message}`;
}

/** The line of a key; of what it would belong to where it is missing. */
function lineOf(path: readonly string[], document: Document, lines: LineCounter): number {
  let [node, offset]: [unknown, number] = [document.contents, 0];
  for (const part of path) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === part)
      : undefined;
    if (isPair(pair) && isScalar(pair.key)) {
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else {
      node = (node as { get?(key: unknown, keep: boolean): unknown } | null)?.get?.(
        Number(part),
        true,
      );
      offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? offset;
    }
  }
  return lines.linePos(offset).line;
}
