import { createHash } from 'node:crypto';
import type { TargetFile } from 'tuf-js';
import { z } from 'zod';
import { type ErrorCode, ScansideError } from '../../device/errors.ts';
import { countSigners, dsseEnvelope } from './dsse.ts';
import { publicKeySchema } from './public-key.ts';
import { checkTargetName } from './target-name.ts';

export const assignmentType = 'application/vnd.scanside.assignment+json';

/** The target that lists the director's keys. The role targets signs for it, and so can revoke them. */
export const directorTarget = 'director.json';

const longestAssignment = 64 * 1024;
/** Milliseconds for which an assignment may be valid. */
const longestValidity = 7 * 24 * 3600_000;
/** Milliseconds by which the clocks of director and device may differ. */
const clockTolerance = 5 * 60_000;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.int().positive();

const directorSchema = z.strictObject({
  schema: z.literal(1),
  /** How many of the keys have to sign an assignment. */
  threshold: z.int().min(1).max(8),
  keys: z.array(publicKeySchema).max(16),
});

export type DirectorKeys = z.infer<typeof directorSchema>;

const assignmentSchema = z.strictObject({
  schema: z.literal(1),
  device: z.string().min(1).max(64),
  /** Grows with every assignment of the device. */
  seq: z.int().positive(),
  /** Milliseconds since 1970 UTC. */
  issued: instant,
  expires: instant,
  mode: z.enum(['install', 'shadow', 'pause', 'rollback']),
  /** What each group of slots is to run: the manifest of a model bundle. */
  assignments: z
    .array(
      z.strictObject({
        group: z.string().regex(/^[a-z0-9-]{1,40}$/),
        target: z.string().max(200),
        sha256,
        length: z.int().positive(),
      }),
    )
    .max(32),
  /** Name of the wave of a rollout that it belongs to. */
  wave: z.string().max(64).optional(),
  /** After this the device reports that it did not get round to it. */
  deadline: instant.optional(),
});

export type Assignment = z.infer<typeof assignmentSchema>;

/** A release that a group of slots has run: its manifest’s hash and its place in the order of releases. */
export interface Release {
  sha256: string;
  counter: number;
}

/** What the device remembers of assignments; durable, beside the floor. */
export interface AssignmentMemory {
  seq: number;
  /** SHA-256 of the assignment with that number. */
  digest: string;
  groups: Readonly<Record<string, { committed: Release; previous?: Release | undefined }>>;
}

export interface AssignmentContext {
  device: string;
  director: DirectorKeys;
  /** Wall time, milliseconds since 1970 UTC. */
  now: number;
  memory: AssignmentMemory;
  /** What the image repository has signed for a target. */
  find(path: string): Promise<TargetFile | undefined>;
}

/** The director's keys. `bytes` are the target `director.json`, verified. Throws DIRECTOR_UNKNOWN. */
export function readDirector(bytes: Buffer): DirectorKeys {
  const read = directorSchema.safeParse(parse(bytes));
  if (read.success) return read.data;
  throw new ScansideError('DIRECTOR_UNKNOWN', z.prettifyError(read.error));
}

/**
 * What the device is to do, where the director and the image repository agree on it; both would have to be taken over to
 * have a device run something. Throws ASSIGNMENT_…, TARGET_… and what `find` throws. The same assignment may come again.
 */
export async function judgeAssignment(
  bytes: Buffer,
  context: AssignmentContext,
): Promise<Assignment> {
  const assignment = openAssignment(bytes, context.director);
  if (assignment.device !== context.device) throw refuse('ASSIGNMENT_FOREIGN', assignment.device);
  checkOrder(assignment, digestOf(bytes), context.memory);
  checkTime(assignment, context.now);
  for (const item of assignment.assignments) await checkItem(item, assignment.mode, context);
  return assignment;
}

/** What is to be remembered before anything is done about an assignment that was judged. */
export function rememberAssignment(
  memory: AssignmentMemory,
  bytes: Buffer,
  { seq }: Assignment,
): AssignmentMemory {
  return { ...memory, seq, digest: digestOf(bytes) };
}

function openAssignment(bytes: Buffer, { keys, threshold }: DirectorKeys): Assignment {
  if (bytes.length > longestAssignment)
    throw refuse('ASSIGNMENT_MALFORMED', `${bytes.length} bytes`);
  const envelope = checked(dsseEnvelope, parse(bytes));
  if (envelope.payloadType !== assignmentType)
    throw refuse('ASSIGNMENT_MALFORMED', `type ${envelope.payloadType}`);
  const signers = countSigners(envelope, keys);
  if (signers < threshold) throw refuse('ASSIGNMENT_UNSIGNED', `${signers} of ${threshold} keys`);
  return checked(assignmentSchema, parse(Buffer.from(envelope.payload, 'base64')));
}

function checkOrder({ seq }: Assignment, digest: string, memory: AssignmentMemory): void {
  if (seq > memory.seq || (seq === memory.seq && digest === memory.digest)) return;
  throw refuse('ASSIGNMENT_REPLAYED', `number ${seq}, after ${memory.seq}`);
}

function checkTime({ issued, expires }: Assignment, now: number): void {
  if (expires - issued > longestValidity)
    throw refuse('ASSIGNMENT_MALFORMED', 'it is valid for too long');
  if (now >= expires || issued > now + clockTolerance)
    throw refuse('ASSIGNMENT_EXPIRED', `valid from ${issued} to ${expires}`);
}

async function checkItem(
  { group, target, sha256, length }: Assignment['assignments'][number],
  mode: Assignment['mode'],
  { find, memory }: AssignmentContext,
): Promise<void> {
  const signed = await find(checkTargetName(target));
  if (!signed) throw refuse('TARGET_UNKNOWN', target);
  if (signed.hashes['sha256'] !== sha256 || signed.length !== length)
    throw refuse('ASSIGNMENT_DISAGREES', target);
  const known = Object.hasOwn(memory.groups, group) ? memory.groups[group] : undefined;
  if (mode === 'rollback' && known?.previous?.sha256 === sha256) return;
  const { group: signedGroup, counter } = releaseOf(signed);
  if (signedGroup !== group)
    throw refuse('ASSIGNMENT_DISAGREES', `${target} is none of group ${group}`);
  if (counter < (known?.committed.counter ?? 0))
    throw refuse('ASSIGNMENT_DOWNGRADE', `${target}, release ${counter}`);
}

/** Which group of slots a target was signed for, and its place in the order of releases. */
function releaseOf({ path, custom }: TargetFile): { group: unknown; counter: number } {
  const { group, counter } = custom as { group?: unknown; counter?: unknown };
  if (typeof counter === 'number') return { group, counter };
  throw refuse('ASSIGNMENT_DISAGREES', `${path} is no release`);
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw refuse('ASSIGNMENT_MALFORMED', z.prettifyError(read.error));
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function refuse(code: ErrorCode, detail: string): ScansideError {
  return new ScansideError(code, detail);
}
