import { describe, expect, it } from 'vitest';
import { headerOf, reportSample, reportSamples } from '../../demo/report-sample.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { readReport } from '../../tests/fixtures/report-edit.ts';
import { type NotAnalysedReason, notAnalysedReasons } from '../../models/outcome.ts';
import type { DataElement, DataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { isUid } from '../dicom/uid.ts';
import { allStrings, firstNumber, firstString } from '../dicom/value.ts';
import { buildReport } from './report.ts';
import type { ReportRequest } from './request.ts';

const samples = reportSamples(sampleManifest, 60);
const requestOf = (outcome: string, modality: string, index = 0) =>
  reportSample(sampleManifest, { outcome, modality, characterSet: 'ISO_IR 192' }, index).request;
const flagged = requestOf('finding', 'CR');
const noFlag = requestOf('no finding', 'CR');
const flaggedSeries = requestOf('finding', 'CT', 5);

function items(dataSet: DataSet, tag: number): DataSet[] {
  return dataSet.elements.get(tag)?.items ?? [];
}

/** Every item of the content tree with the code value of its name. */
function content(item: DataSet): { name: string; item: DataSet }[] {
  return items(item, tags.ContentSequence).flatMap((child) => [
    { name: codeOf(child, tags.ConceptNameCodeSequence), item: child },
    ...content(child),
  ]);
}

function codeOf(item: DataSet, tag: number): string {
  const [code] = items(item, tag);
  return (code && firstString(code, tags.CodeValue)) ?? '';
}

function named(report: DataSet, name: string): DataSet[] {
  return content(report)
    .filter((each) => each.name === name)
    .map(({ item }) => item);
}

function valueOf(report: DataSet, name: string): string | undefined {
  const [item] = named(report, name);
  return item && codeOf(item, tags.ConceptCodeSequence);
}

function commentOf(report: DataSet): string {
  const [comment] = named(report, '121106');
  return (comment && firstString(comment, tags.TextValue, ['ISO_IR 192'])) ?? '';
}

function numbersNamed(report: DataSet, name: string): (number | undefined)[] {
  return named(report, name).map((item) => {
    const [measured] = items(item, tags.MeasuredValueSequence);
    return measured && firstNumber(measured, tags.NumericValue);
  });
}

function isReason(text: string): text is NotAnalysedReason {
  return text in notAnalysedReasons;
}

const pneumothorax = '36118008';
const present = '52101004';
const absent = '272519000';
const undetermined = '121059';

describe('identity', () => {
  it('is the same, byte for byte, for the same request', () => {
    for (const [index, { request }] of reportSamples(sampleManifest, 12).entries())
      expect(buildReport(request)).toEqual(buildReport(samples[index]!.request));
  });

  it('changes with anything that the report tells', () => {
    const variants: ReportRequest[] = [
      flagged,
      { ...flagged, at: flagged.at + 1 },
      { ...flagged, bundleHash: 'ab'.repeat(32) },
      { ...flagged, device: { ...flagged.device, serial: 'OTHER' } },
      { ...flagged, conclusion: { state: 'not-analysed', reason: 'timeout', detail: '' } },
      { ...flagged, conclusion: { state: 'not-analysed', reason: 'paused', detail: '' } },
      { ...flagged, source: headerOf({ StudyInstanceUID: '2.25.9', PatientID: 'X' }) },
    ];
    const uids = variants.map((request) => buildReport(request).sopInstanceUid);
    expect(new Set(uids).size).toBe(variants.length);
    expect(uids.every(isUid)).toBe(true);
  });

  it('keeps the results of a model version on a study in one series', () => {
    const later = { ...flagged, at: flagged.at + 1 };
    const otherModel = { ...flagged, bundleHash: 'ab'.repeat(32) };
    const series = (request: ReportRequest) => buildReport(request).seriesInstanceUid;
    expect(series(later)).toBe(series(flagged));
    expect(series(otherModel)).not.toBe(series(flagged));
  });

  it('gives every group of every study a tracking UID of its own', () => {
    const uids = samples
      .slice(0, 12)
      .flatMap(({ request }) => named(readReport(request), '112040'))
      .map((item) => firstString(item, tags.UID));
    expect(uids.length).toBeGreaterThan(12);
    expect(new Set(uids).size).toBe(uids.length);
  });
});

describe('the header', () => {
  it('takes patient and study from the source and nothing of its series', () => {
    const source = headerOf({
      SpecificCharacterSet: 'ISO_IR 192',
      StudyInstanceUID: '2.25.9',
      PatientName: 'Müller^Jürgen',
      OtherPatientNames: 'Mueller^J\\Müller^J.',
      PatientID: '42',
      BodyPartExamined: 'CHEST',
      SeriesDescription: 'PA',
      AcquisitionDate: '20260101',
      InstitutionName: 'Hospital',
    });
    const report = readReport({ ...flagged, source });
    expect(firstString(report, tags.SpecificCharacterSet)).toBe('ISO_IR 192');
    expect(firstString(report, tags.PatientName)).toBe('Müller^Jürgen');
    expect(allStrings(report, tags.OtherPatientNames)).toEqual(['Mueller^J', 'Müller^J.']);
    expect(firstString(report, tags.StudyInstanceUID)).toBe('2.25.9');
    for (const tag of [tags.BodyPartExamined, tags.AcquisitionDate, tags.InstitutionName])
      expect(report.elements.has(tag)).toBe(false);
  });

  it('is decoded from the character set of the source', () => {
    const name = { tag: tags.PatientName, vr: 'PN', value: Buffer.from('J\xe9r\xf4me', 'latin1') };
    const base = headerOf({ SpecificCharacterSet: 'ISO_IR 100', StudyInstanceUID: '2.25.9' });
    const elements = new Map<number, DataElement>([...base.elements, [name.tag, name]]);
    const report = readReport({ ...flagged, source: { ...base, elements } });
    expect(firstString(report, tags.PatientName)).toBe('Jérôme');
  });

  it('has the required attributes empty where the source has none', () => {
    const report = readReport({ ...flagged, source: headerOf({ StudyInstanceUID: '2.25.9' }) });
    for (const tag of [tags.PatientName, tags.PatientID, tags.StudyDate, tags.AccessionNumber])
      expect(report.elements.get(tag)?.value).toHaveLength(0);
    expect(report.elements.has(tags.IssuerOfPatientID)).toBe(false);
  });

  it('leaves an absurdly long text empty', () => {
    const source = headerOf({ StudyInstanceUID: '2.25.9', PatientName: 'A'.repeat(70_000) });
    const report = readReport({ ...flagged, source });
    expect(report.elements.get(tags.PatientName)?.value).toHaveLength(0);
  });

  it('cannot do without a study', () => {
    expect(() => buildReport({ ...flagged, source: headerOf({}) })).toThrow(/DATA_SET_UNREADABLE/);
  });

  it('tells the moment in the zone of the device', () => {
    const report = readReport({ ...flagged, at: Date.parse('2026-12-31T23:30:00Z') });
    expect(firstString(report, tags.ContentDate)).toBe('20270101');
    expect(firstString(report, tags.ContentTime)).toBe('003000.000');
    expect(firstString(report, tags.TimezoneOffsetFromUTC)).toBe('+0100');
  });
});

describe('a flagged study', () => {
  const report = readReport(flagged);

  it('is complete and says what is present, how urgent, and what is not', () => {
    expect(firstString(report, tags.CompletionFlag)).toBe('COMPLETE');
    expect(firstString(report, tags.VerificationFlag)).toBe('UNVERIFIED');
    expect(valueOf(report, '111017')).toBe('111242');
    expect(valueOf(report, pneumothorax)).toBe(present);
    expect(valueOf(report, '60046008')).toBe(absent);
    expect(valueOf(report, '121403')).toBe('371926006');
    expect(valueOf(report, '121075')).toBe('RID49480');
    expect(commentOf(report)).toContain(sampleManifest.labelling.notice);
  });

  it('has a group for every finding of every X-ray image', () => {
    expect(named(report, '125007')).toHaveLength(
      sampleManifest.findings.length * flagged.instances.length,
    );
    expect(numbersNamed(report, '122157')).toContain(80.6);
    expect(numbersNamed(report, '122411')).toContain(62);
  });

  it('of slices has a group for the highest score of each finding, and all images', () => {
    const series = readReport(flaggedSeries);
    expect(named(series, '125007')).toHaveLength(sampleManifest.findings.length);
    expect(Math.max(...numbersNamed(series, '122157').map(Number))).toBe(80.6);
    const [group] = named(series, '126200');
    const images = items(group!, tags.ContentSequence).filter(
      (item) => firstString(item, tags.ValueType) === 'IMAGE',
    );
    expect(images).toHaveLength(300);
  });

  it('with a missed image is partial, and what was not found is undetermined', () => {
    if (flagged.conclusion.state === 'not-analysed') throw new Error('wrong sample');
    const missed = [{ sopInstanceUid: '2.25.1', reason: 'timeout' as const }];
    const partial = readReport({ ...flagged, conclusion: { ...flagged.conclusion, missed } });
    expect(firstString(partial, tags.CompletionFlag)).toBe('PARTIAL');
    expect(valueOf(partial, '111017')).toBe('111244');
    expect(valueOf(partial, pneumothorax)).toBe(present);
    expect(valueOf(partial, '60046008')).toBe(undetermined);
    expect(commentOf(partial)).toContain('not analysed: 1 of 2.');
  });
});

describe('a study without a flag', () => {
  const report = readReport(noFlag);

  it('is absent with its probability, not insignificant, and no negative result', () => {
    expect(valueOf(report, '111017')).toBe('111241');
    expect(valueOf(report, pneumothorax)).toBe(absent);
    expect(numbersNamed(report, '122157')).toContain(6.2);
    expect(valueOf(report, '121403')).toBeUndefined();
    expect(commentOf(report)).toContain('Absence of a flag is not a negative result.');
  });
});

describe('a study that was not analysed', () => {
  const failures: NotAnalysedReason[] = [
    'timeout',
    'model-fault',
    'outside-validated-domain',
    'uncertain',
    'unwritable',
  ];

  it.each(Object.keys(notAnalysedReasons).filter(isReason))('because of %s says so', (reason) => {
    const detail = 'Patient Doe^John';
    const report = readReport({
      ...flagged,
      conclusion: { state: 'not-analysed', reason, detail },
    });
    const analyses = failures.includes(reason) ? '111224' : '111225';
    expect(firstString(report, tags.CompletionFlag)).toBe('PARTIAL');
    const description = firstString(report, tags.CompletionFlagDescription) ?? '';
    expect(description.length).toBeLessThanOrEqual(64);
    expect(valueOf(report, '111017')).toBe('111245');
    expect(valueOf(report, '111065')).toBe(analyses);
    expect(valueOf(report, pneumothorax)).toBe(undetermined);
    expect(numbersNamed(report, '122157')).toEqual([]);
    expect(commentOf(report)).toContain(description);
    expect(commentOf(report)).toContain('Absence of a flag is not a negative result.');
    expect(commentOf(report)).not.toContain('Doe');
  });

  it('without a model names the device as the algorithm', () => {
    const conclusion = { state: 'not-analysed', reason: 'out-of-scope', detail: '' } as const;
    const report = readReport({ ...flagged, manifest: undefined, bundleHash: '', conclusion });
    const [algorithm] = named(report, '111001');
    expect(algorithm && firstString(algorithm, tags.TextValue)).toBe('Scanside dispatcher');
    expect(named(report, '125007')).toEqual([]);
  });
});

describe('an answer that is left open', () => {
  it('is complete and undetermined, with its probabilities', () => {
    const report = readReport(requestOf('grey zone', 'CR'));
    expect(firstString(report, tags.CompletionFlag)).toBe('COMPLETE');
    expect(valueOf(report, '111017')).toBe('111241');
    expect(valueOf(report, pneumothorax)).toBe(undetermined);
    expect(valueOf(report, '121403')).toBe('386135008');
    expect(valueOf(report, '121075')).toBeUndefined();
    expect(valueOf(report, '111065')).toBeUndefined();
    expect(numbersNamed(report, '122157')).toContain(49.6);
    expect(commentOf(report)).toContain('Undetermined: The model is too uncertain');
    expect(commentOf(report)).toContain('Absence of a flag is not a negative result.');
  });
});

describe('a quality issue', () => {
  const rejected = requestOf('rejected for positioning', 'DX');

  it('is coded where the bundle may give hints', () => {
    expect(valueOf(readReport(rejected), '113010')).toBe('111209');
  });

  it('is left out where it may not, and where there is no model to allow it', () => {
    for (const manifest of [sampleManifest, undefined])
      expect(valueOf(readReport({ ...rejected, manifest }), '113010')).toBeUndefined();
  });
});

describe('the actionable category', () => {
  const [pneumothoraxFinding, effusion] = sampleManifest.findings;
  const categoryAt = (probability: number, actionable: 1 | 2 | 3) => {
    const tiers = [
      { name: 'high' as const, from: 0.9 },
      { name: 'medium' as const, from: 0.8 },
      { name: 'low' as const, from: 0.62 },
    ];
    const findings = [{ ...pneumothoraxFinding!, actionable, tiers }, effusion!];
    const scores = [{ finding: 'pneumothorax', probability }];
    const { sopInstanceUid } = flagged.instances[0]!;
    const conclusion = {
      state: 'flagged' as const,
      analysed: [{ sopInstanceUid, scores }],
      missed: [],
      findings: [{ finding: 'pneumothorax', probability, flagged: true, key: [] }],
    };
    return valueOf(
      readReport({ ...flagged, manifest: { ...sampleManifest, findings }, conclusion }),
      '121075',
    );
  };

  it.each([
    [0.95, 1, 'RID49480'],
    [0.9, 1, 'RID49480'],
    [0.85, 1, 'RID49481'],
    [0.62, 1, 'RID49482'],
    [0.85, 2, 'RID49482'],
    [0.62, 3, 'RID49482'],
  ] as const)('of %d in a finding of category %d is %s', (probability, actionable, category) => {
    expect(categoryAt(probability, actionable)).toBe(category);
  });
});

describe('uncertainty', () => {
  it('is a second probability that says it is the standard deviation', () => {
    const report = readReport(requestOf('finding with a spread', 'CT'));
    expect(numbersNamed(report, '122157').slice(0, 2)).toEqual([80.6, 3.4]);
    expect(named(report, '121401').map((item) => codeOf(item, tags.ConceptCodeSequence))).toContain(
      '386136009',
    );
  });

  it('is not said where several slices make the probability', () => {
    const manifest = { ...sampleManifest, aggregation: { by: 'top' as const, k: 3 } };
    const request = requestOf('finding with a spread', 'CT', 1);
    if (request.conclusion.state !== 'flagged') throw new Error('wrong sample');
    const findings = request.conclusion.findings.map((each) => ({ ...each, probability: 0.7 }));
    const conclusion = { ...request.conclusion, findings };
    expect(named(readReport({ ...request, manifest, conclusion }), '121401')).toEqual([]);
  });
});

describe('frames of one X-ray image', () => {
  it('are one group, that of the strongest frame', () => {
    const { sopInstanceUid } = flagged.instances[0]!;
    const scores = [0.1, 0.7, 0.3].map((probability, at) => ({
      finding: 'pneumothorax',
      probability,
      frame: at + 1,
    }));
    const conclusion = {
      state: 'flagged' as const,
      analysed: [{ sopInstanceUid, scores }],
      missed: [],
      findings: [
        { finding: 'pneumothorax', probability: 0.7, flagged: true, key: [{ sopInstanceUid }] },
      ],
    };
    expect(numbersNamed(readReport({ ...flagged, conclusion }), '122157')).toEqual([70]);
  });
});

describe('references', () => {
  it('are the evidence, series by series, and only images', () => {
    const [image] = flagged.instances;
    const document = {
      ...image!,
      sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
      sopInstanceUid: '2.25.4',
    };
    const report = readReport({ ...flagged, instances: [...flagged.instances, document] });
    const uids = items(report, tags.CurrentRequestedProcedureEvidenceSequence)
      .flatMap((study) => items(study, tags.ReferencedSeriesSequence))
      .flatMap((series) => items(series, tags.ReferencedSOPSequence))
      .map((reference) => firstString(reference, tags.ReferencedSOPInstanceUID));
    expect(uids).toEqual([image?.sopInstanceUid]);
  });

  it('include the report that this one replaces', () => {
    const predecessor = {
      sopClassUid: '1.2',
      sopInstanceUid: '2.25.5',
      seriesInstanceUid: '2.25.6',
    };
    const [study] = items(
      readReport({ ...flagged, predecessor }),
      tags.PredecessorDocumentsSequence,
    );
    expect(items(study!, tags.ReferencedSeriesSequence)).toHaveLength(1);
  });
});

describe('a probability', () => {
  it('below its threshold is not written above it', () => {
    const scores = [{ finding: 'pneumothorax', probability: 0.619_999_9 }];
    const [image] = flagged.instances;
    const analysed = [{ sopInstanceUid: image!.sopInstanceUid, scores }];
    const conclusion = { state: 'no-flag' as const, analysed, missed: [], findings: [] };
    const report = readReport({ ...flagged, conclusion });
    expect(numbersNamed(report, '122157')).toEqual([61.99]);
    expect(valueOf(report, pneumothorax)).toBe(absent);
  });
});
