import { dirname } from 'node:path';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { type ErrorCode, errorCatalogue } from '../../device/errors.ts';

const code = z.custom<ErrorCode>((value) => typeof value === 'string' && value in errorCatalogue);
const state = z.enum(['pass', 'warn', 'fail', 'waived', 'skipped']);

const check = z.strictObject({
  name: z.string(),
  title: z.string(),
  state,
  code: code.optional(),
  cause: z.string().optional(),
  next: z.string().optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
});

const step = z.strictObject({
  name: z.string(),
  title: z.string(),
  state,
  /** Why somebody answers for a step that has not passed. */
  because: z.string().optional(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  endedAt: z.number(),
  checks: z.array(check),
});

const journal = z.strictObject({
  schema: z.literal(1),
  /** One commissioning, however often it was interrupted. */
  visit: z.uuid(),
  startedAt: z.number(),
  /** SHA-256 of the answers that the steps have gone by. */
  answers: z.string(),
  /** The step whose acts have begun; what it had done before it was cut off is done again and does no harm. */
  begun: z.string().optional(),
  steps: z.array(step),
});

export type CheckRecord = z.infer<typeof check>;
export type StepRecord = z.infer<typeof step>;
export type Journal = z.infer<typeof journal>;
export const stepRecord = step;

/** The journal of a commissioning on the disk: what is written is there after a power cut. */
export interface JournalStore {
  /** Throws PROVISION_JOURNAL_UNREADABLE. */
  read(): Journal | undefined;
  write(journal: Journal): void;
}

export function journalAt(path: string, files: Files): JournalStore {
  return {
    read() {
      if (!files.exists(path)) return undefined;
      try {
        return journal.parse(JSON.parse(files.readText(path)));
      } catch (cause) {
        throw new ScansideError('PROVISION_JOURNAL_UNREADABLE', path, { cause });
      }
    },
    write(content) {
      files.makeFolder(dirname(path));
      files.replace(path, `${JSON.stringify(content, undefined, 2)}\n`);
    },
  };
}
