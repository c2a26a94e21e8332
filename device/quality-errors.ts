import type { ErrorEntry } from './error-entry.ts';

/** Errors of what is known of how good the models still are. */
export const qualityErrors = {
  QUALITY_STORE_UNUSABLE: {
    kind: 'world',
    means: 'what the device knows of the quality of its models cannot be read',
    remedy:
      'Flags are marked for a second look until then. Put back quality.db from a copy, or move it away to begin anew.',
  },
  FEEDBACK_OFF: {
    kind: 'caller',
    means: 'this site gives no exams for training',
    remedy: 'If the hospital has agreed to it, set quality.feedback to true. Nothing was written.',
  },
  REFERENCE_INVALID: {
    kind: 'caller',
    means: 'a reference standard cannot be read or says something that is none',
    remedy: 'Correct the row or element that the message names. Nothing was imported.',
  },
  REFERENCE_UNSIGNED: {
    kind: 'caller',
    means: 'a reference standard is not signed with the key of the hospital',
    remedy:
      'Sign exactly these bytes with the key that quality.referenceKeyFile names the public part of. Nothing was imported.',
  },
} as const satisfies Record<string, ErrorEntry>;
