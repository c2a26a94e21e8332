import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ScansideError } from '../../device/errors.ts';
import { keysOf } from '../../device/keys.ts';
import { fieldDigests } from './fields.ts';
import type { CommissioningReport } from './report.ts';
import { fingerprintOf, openReport, reportKeyOf, sealReport } from './seal.ts';

const report: CommissioningReport = {
  kind: 'scanside-commissioning-report',
  schema: 1,
  visit: '0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f',
  site: 'St. Elsewhere',
  engineer: 'A. Engineer',
  device: { name: 'Bay 3', serial: 'SC-0042', aeTitle: 'SCANSIDE' },
  software: { scanside: '0.1.0', node: '24.21.0' },
  machine: { model: 'Jetson AGX Orin', system: 'Linux 5.15 arm64' },
  keyLevel: 'L0',
  configurationSha256: 'ab'.repeat(32),
  begunAt: '2026-11-25T09:00:00.000Z',
  endedAt: '2026-11-25T09:04:00.000Z',
  outcome: 'waived',
  notAsked: ['The scanner itself'],
  notSafeYet: ['there is no destination'],
  certificates: [{ of: 'main: TLS', subject: 'CN=pacs', issuer: 'CN=ca', notAfter: '2027' }],
  steps: [
    {
      name: 'peers',
      title: 'PACS',
      state: 'waived',
      because: 'the PACS has none',
      begunAt: '2026-11-25T09:01:00.000Z',
      endedAt: '2026-11-25T09:02:00.000Z',
      checks: [
        {
          name: 'main.commit',
          title: 'committed',
          state: 'fail',
          code: 'PEER_COMMITMENT_SILENT',
          cause: 'no report',
          next: 'ask',
          facts: { milliseconds: 12, address: '10.0.0.7' },
        },
      ],
    },
  ],
};

const key = reportKeyOf(keysOf(Buffer.alloc(32, 7)));
const fingerprint = fingerprintOf(key);
const text = sealReport(report, key);

/** The file with one field of it changed, by the path that `fieldDigests` gives it. */
function forge(path: string, change: (value: unknown) => unknown): string {
  const file: unknown = JSON.parse(text);
  const names = path.match(/seal\.fields\.(.*)$/)
    ? ['seal', 'fields', path.slice('seal.fields.'.length)]
    : path.split(/[.[\]]+/).filter(Boolean);
  const last = names.pop()!;
  const holder = names.reduce((at, name) => (at as Record<string, unknown>)[name], file);
  const fields = holder as Record<string, unknown>;
  fields[last] = change(fields[last]);
  return JSON.stringify(file);
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
const other = (value: unknown) => (isNumber(value) ? value + 1 : `${String(value)}x`);

function refusal(file: string): string {
  try {
    openReport(file, fingerprint);
    return '';
  } catch (error) {
    if (error instanceof ScansideError) return error.message;
    throw error;
  }
}

describe('a sealed report', () => {
  it('is what was sealed, and the key follows from the root key', () => {
    expect(openReport(text, fingerprint).report).toEqual(report);
    expect(fingerprintOf(reportKeyOf(keysOf(Buffer.alloc(32, 7))))).toBe(fingerprint);
    expect(fingerprintOf(reportKeyOf(keysOf(Buffer.alloc(32, 8))))).not.toBe(fingerprint);
  });

  const fields = Object.keys(fieldDigests(JSON.parse(text)));

  it('has fields', () => expect(fields.length).toBeGreaterThan(60));

  it.each(fields.filter((path) => path.startsWith('report.')))(
    'is refused by name when %s is another, or gone',
    (path) => {
      expect(refusal(forge(path, other))).toMatch(/^REPORT_FORGED/);
      expect(refusal(forge(path, other))).toContain(path);
      expect(refusal(forge(path, () => undefined))).toContain(path);
    },
  );

  it.each(fields.filter((path) => path.startsWith('seal.fields.')))(
    'is refused by name when %s is another',
    (path) => {
      const said = refusal(forge(path, other));
      expect(said).toContain(path.replace('seal.fields.', 'report.'));
      expect(said).toContain('seal.signature');
    },
  );

  it.each(['seal.algorithm', 'seal.reportSha256', 'seal.publicKey', 'seal.signature'])(
    'is refused by name when %s is another',
    (path) => expect(refusal(forge(path, (value) => `A${String(value)}`))).toContain(path),
  );

  it('is refused when something was added anywhere', () => {
    const file = JSON.parse(text);
    expect(refusal(JSON.stringify({ ...file, more: 1 }))).toContain('more');
    expect(refusal(JSON.stringify({ ...file, report: { ...file.report, more: 1 } }))).toContain(
      'report.more',
    );
    const steps = [...file.report.steps, file.report.steps[0]];
    expect(refusal(JSON.stringify({ ...file, report: { ...file.report, steps } }))).toContain(
      'report.steps[1].state',
    );
  });

  it('is refused when another key has signed all of it anew', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const forged = sealReport({ ...report, outcome: 'pass' }, privateKey);
    expect(refusal(forged)).toMatch(/^REPORT_OTHER_KEY.*seal\.publicKey/);
    // Without a fingerprint nobody vouches for the key, and the caller must say so.
    expect(openReport(forged).report.outcome).toBe('pass');
  });

  it.each(['', '{}', '[]', '{"report":1,"seal":{}}'])('is not read from %s', (file) => {
    expect(refusal(file)).toMatch(/^REPORT_(UNREADABLE|FORGED)/);
  });
});
