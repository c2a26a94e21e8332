import { ScansideError } from '../../device/errors.ts';
import type { Code } from '../../models/manifest.ts';
import type { Label } from '../../models/evaluation/sample.ts';

/** What one reader says of one exam and one finding, as a file of a hospital tells it. */
export interface Claim {
  /** Where it stands in the file, for messages. */
  at: string;
  /** Study Instance UID, or empty where only the accession number is said; one of the two is there. */
  studyUid: string;
  accession: string;
  /** Id of a finding of a model. */
  finding: string;
  label: Label;
  /** Who says it: a person or a system; kept only as a short name that leads back to nobody. */
  reader: string;
}

/** A finding that a model of this device looks for, with the code that reports name it by. */
export interface KnownFinding {
  id: string;
  code: Pick<Code, 'value' | 'scheme'>;
}

/** Presence as reports code it (SNOMED CT): everything else is no answer. */
export const presenceLabels: ReadonlyMap<string, Label> = new Map([
  ['52101004', 1],
  ['272519000', 0],
]);

export function refuseReference(why: string): ScansideError {
  return new ScansideError('REFERENCE_INVALID', why);
}

/** The finding that a code names, whatever its meaning says; undefined where no model looks for it. */
export function findingOf(
  findings: readonly KnownFinding[],
  value: string,
  scheme: string,
): string | undefined {
  return findings.find(({ code }) => code.value === value && code.scheme === scheme)?.id;
}
