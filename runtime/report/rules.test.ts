import { describe, expect, it } from 'vitest';
import { reportCases } from '../../demo/report-case.ts';
import { headerOf } from '../../demo/report-sample.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import {
  faulty,
  first,
  content,
  itemsOf,
  put,
  putCode,
  remove,
} from '../../tests/fixtures/report-edit.ts';
import {
  type Fault,
  faults,
  finding,
  requestOf,
  spread,
} from '../../tests/fixtures/report-fault.ts';
import { buildReport } from './report.ts';
import type { ReportRequest } from './request.ts';
import { checkReport, reportRules } from './rules.ts';

/** The faults that the design's validators were measured with; together they miss two. */
const seeded: Fault[] = [
  ['no completion flag', 'completion', (report) => put(report, 'CompletionFlag', undefined)],
  ['no verification flag', 'verification', (report) => put(report, 'VerificationFlag', undefined)],
  [
    'no study',
    'patient-and-study one-patient uid-derived evidence-place',
    (report) => put(report, 'StudyInstanceUID', undefined),
  ],
  [
    'no units',
    'number',
    (report) =>
      put(
        itemsOf(first(report, '122157'), 'MeasuredValueSequence')[0]!,
        'MeasurementUnitsCodeSequence',
        undefined,
      ),
  ],
  ['verified by nobody', 'verification', (report) => put(report, 'VerificationFlag', 'VERIFIED')],
  [
    'a dangling image reference',
    'reference reference-class',
    (report) => {
      const [source] = content(first(report, '122157'), '121112');
      const [reference] = itemsOf(source, 'ReferencedSOPSequence');
      put(reference!, 'ReferencedSOPInstanceUID', '2.25.99');
    },
  ],
  ['an illegal date', 'moment', (report) => put(report, 'ContentDate', '20260231')],
  [
    'no evidence',
    'evidence reference',
    (report) => put(report, 'CurrentRequestedProcedureEvidenceSequence', undefined),
  ],
  [
    'a code value of 17 characters',
    'device-observer code-value',
    (report) =>
      putCode(first(report, '121005'), 'ConceptCodeSequence', { CodeValue: '12345678901234567' }),
  ],
  [
    'a wrong relationship',
    'relationship',
    (report) => put(first(report, '122157'), 'RelationshipType', 'HAS PROPERTIES'),
  ],
  ['no device observer UID', 'device-observer', (report) => remove(report, '121012')],
  [
    'no template identifier',
    'template',
    (report) => put(first(report, '125007'), 'ContentTemplateSequence', undefined),
  ],
  [
    'no algorithm version in the group',
    'algorithm algorithm-is-ours',
    (report) => {
      const group = first(report, '125007');
      remove(group, '111003');
    },
  ],
  [
    'another document title',
    'root placement',
    (report) => putCode(report, 'ConceptNameCodeSequence', { CodeValue: '126001' }),
  ],
];

describe('a report that is right', () => {
  const strata = Object.keys(reportCases).flatMap((outcome) =>
    ['CR', 'DX', 'CT'].map((modality): [string, string] => [outcome, modality]),
  );

  it.each(strata)('breaks no rule: %s, %s', (outcome, modality) => {
    const request = requestOf(outcome, modality, 1);
    expect(checkReport(buildReport(request).dataSet, request)).toEqual([]);
  });
});

const sorted = (ids: string[]) => ids.toSorted().join(' ');

describe('a fault', () => {
  const names = (dataSet: Uint8Array, request: ReportRequest) => {
    const ids = checkReport(dataSet, request).map(({ id }) => id);
    // The seal on the bytes is broken by every one of these faults.
    return sorted([...new Set(ids)].filter((id) => id !== 'instance-uid'));
  };

  it.each(seeded)('is caught: %s (%s)', (_name, rules, fault) => {
    expect(names(faulty(finding, fault), finding)).toBe(sorted(rules.split(' ')));
  });

  it.each(faults)('is caught: %s (%s)', (_name, rules, fault, request = finding) => {
    expect(names(faulty(request, fault), request)).toBe(sorted(rules.split(' ')));
  });

  it('of one bit anywhere breaks the seal', () => {
    const { dataSet } = buildReport(finding);
    const comment = Buffer.from(dataSet).indexOf('Demonstration');
    dataSet[comment] = dataSet[comment]! ^ 0x20;
    expect(checkReport(dataSet, finding)).toMatchObject([
      { id: 'instance-uid' },
      { id: 'labelling' },
    ]);
  });

  it('of any byte is caught and throws nothing', () => {
    const { dataSet } = buildReport(spread);
    const silent = Array.from(dataSet.keys())
      .filter((at) => at % 61 === 0)
      .filter((at) => {
        const faulty = Uint8Array.from(dataSet);
        faulty[at] = faulty[at]! ^ (1 << (at % 8));
        return checkReport(faulty, spread).length === 0;
      });
    expect(silent).toEqual([]);
  });

  it('of an image that is another patient’s is caught', () => {
    const { dataSet } = buildReport(finding);
    const stranger = headerOf({ StudyInstanceUID: '2.25.1', PatientID: 'X' });
    const broken = checkReport(dataSet, finding, [finding.source, stranger]);
    expect(new Set(broken.map(({ id }) => id))).toEqual(new Set(['one-patient']));
    expect(JSON.stringify(broken)).not.toContain('PID-');
  });

  it('of a flag below its threshold is caught', () => {
    const { conclusion } = finding;
    if (conclusion.state !== 'flagged') throw new Error('wrong sample');
    const findings = conclusion.findings.map((each) => ({ ...each, flagged: true }));
    const request = { ...finding, conclusion: { ...conclusion, findings } };
    expect(names(buildReport(request).dataSet, request)).toBe('flag-threshold');
  });

  it('of a flag by a bundle that may not raise one is caught', () => {
    const manifest = { ...sampleManifest, show: { ...sampleManifest.show, flag: false } };
    const request = { ...finding, manifest };
    expect(names(buildReport(request).dataSet, request)).toBe('presentation');
  });

  it('that makes it unreadable is caught', () => {
    const { dataSet } = buildReport(finding);
    expect(checkReport(dataSet.subarray(0, -3), finding)).toMatchObject([{ id: 'readable' }]);
  });

  it('has a row for every rule', () => {
    const caught = [...seeded, ...faults].flatMap(([, rules]) => rules.split(' '));
    const all = reportRules.map(({ id }) => id).filter((id) => id !== 'instance-uid');
    expect(all.filter((id) => !caught.includes(id))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });
});
