import { z } from 'zod';
import { isoInstant } from '../../device/clock.ts';
import type { KeyLevel } from '../../device/root-key.ts';
import { type Journal, stepRecord } from '../session/journal.ts';
import type { SiteAnswers } from '../site/site-file.ts';

const certificate = z.strictObject({
  of: z.string(),
  subject: z.string(),
  issuer: z.string(),
  /** ISO 8601. */
  notAfter: z.string(),
});

/** What a commissioning has found, for people and programs. Times are ISO 8601, in UTC. */
export const commissioningReport = z.strictObject({
  kind: z.literal('scanside-commissioning-report'),
  schema: z.literal(1),
  visit: z.uuid(),
  site: z.string(),
  engineer: z.string(),
  device: z.strictObject({ name: z.string(), serial: z.string(), aeTitle: z.string() }),
  software: z.strictObject({ scanside: z.string(), node: z.string() }),
  machine: z.strictObject({ model: z.string(), system: z.string() }),
  /** L0: the root key lies in a file; L1: the TPM holds it. */
  keyLevel: z.enum(['L0', 'L1']),
  configurationSha256: z.string(),
  begunAt: z.string(),
  endedAt: z.string(),
  outcome: z.enum(['pass', 'waived', 'fail']),
  /** Titles of the steps that the site's answers do without: nobody has looked at them. */
  notAsked: z.array(z.string()),
  /** What is not safe yet, as the appliance says it at every start. */
  notSafeYet: z.array(z.string()),
  certificates: z.array(certificate),
  steps: z.array(
    stepRecord.omit({ startedAt: true, endedAt: true }).extend({
      begunAt: z.string(),
      endedAt: z.string(),
    }),
  ),
});

export type CommissioningReport = z.infer<typeof commissioningReport>;

/** What the report says of the device beside what the steps have found. */
export interface ReportFacts {
  software: CommissioningReport['software'];
  machine: CommissioningReport['machine'];
  keyLevel: KeyLevel;
  configurationSha256: string;
  notAsked: string[];
  notSafeYet: string[];
}

/** The report of a session whose every step has been tried. */
export function reportOf(
  { site, engineer, configuration }: SiteAnswers,
  journal: Journal,
  facts: ReportFacts,
): CommissioningReport {
  const { device, receiver } = configuration;
  const ended = Math.max(...journal.steps.map(({ endedAt }) => endedAt), journal.startedAt);
  return {
    kind: 'scanside-commissioning-report',
    schema: 1,
    visit: journal.visit,
    site,
    engineer,
    device: { name: device.name, serial: device.serial, aeTitle: receiver.aeTitle },
    ...facts,
    keyLevel: facts.keyLevel === 'tpm' ? 'L1' : 'L0',
    begunAt: isoInstant(journal.startedAt),
    endedAt: isoInstant(ended),
    outcome: outcomeOf(journal),
    certificates: certificatesIn(journal),
    steps: journal.steps.map(({ startedAt, endedAt, ...step }) => ({
      ...step,
      begunAt: isoInstant(startedAt),
      endedAt: isoInstant(endedAt),
    })),
  };
}

/** A step that could not be tried is no better than one that has failed. */
function outcomeOf({ steps }: Journal): CommissioningReport['outcome'] {
  const states = steps.map(({ state }) => state);
  if (states.includes('fail') || states.includes('skipped')) return 'fail';
  return states.includes('waived') ? 'waived' : 'pass';
}

/** Every certificate that a check has seen, with its end. */
function certificatesIn({ steps }: Journal): CommissioningReport['certificates'] {
  return steps.flatMap(({ checks }) =>
    checks.flatMap(({ title, facts: { subject, issuer, notAfter } }) =>
      notAfter === undefined
        ? []
        : [{ of: title, subject: `${subject}`, issuer: `${issuer}`, notAfter: `${notAfter}` }],
    ),
  );
}
