import { describe, expect, it } from 'vitest';
import { patientNames } from '../demo/patient-name.ts';
import { reportCases } from '../demo/report-case.ts';
import { reportSample, reportSamples, strata } from '../demo/report-sample.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { firstString } from '../runtime/dicom/value.ts';
import { buildReport } from '../runtime/report/report.ts';
import { checkReport } from '../runtime/report/rules.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { readReport } from './fixtures/report-edit.ts';

const [sets, outcomes, modalities] = [
  patientNames.map(({ characterSet }) => characterSet),
  Object.keys(reportCases),
  ['CR', 'DX', 'CT'],
];

describe('the set of sample reports', () => {
  const samples = reportSamples(sampleManifest, 60);

  it('has every case, character set and modality in its first 60', () => {
    expect(new Set(samples.map(({ outcome }) => outcome))).toEqual(new Set(outcomes));
    expect(new Set(samples.map(({ characterSet }) => characterSet))).toEqual(new Set(sets));
    expect(new Set(samples.map(({ modality }) => modality))).toEqual(new Set(modalities));
  });

  it('has every combination of them within 1200', () => {
    expect(strata).toHaveLength(sets.length * outcomes.length * modalities.length);
    expect(strata.length).toBeLessThanOrEqual(1200);
    const all = reportSamples(sampleManifest, strata.length).map(
      ({ outcome, characterSet, modality }) => `${outcome}, ${characterSet}, ${modality}`,
    );
    expect(new Set(all).size).toBe(strata.length);
  }, 120_000);

  it('breaks no rule', () => {
    const broken = samples.flatMap(({ outcome, characterSet, request }) =>
      checkReport(buildReport(request).dataSet, request).map((rule) => ({
        outcome,
        characterSet,
        ...rule,
      })),
    );
    expect(broken).toEqual([]);
  }, 120_000);
});

describe('names of patients', () => {
  it.each(patientNames)('come out in UTF-8: $text', ({ characterSet, text }) => {
    const stratum = { outcome: 'no finding', modality: 'CR', characterSet };
    const { request } = reportSample(sampleManifest, stratum, 0);
    const report = readReport(request);
    const written = report.elements.get(tags.PatientName)?.value;
    expect(
      Buffer.from(written ?? [])
        .toString()
        .trimEnd(),
    ).toBe(text);
    expect(firstString(report, tags.ReferringPhysicianName, ['ISO_IR 192'])).toBe(text);
  });
});
