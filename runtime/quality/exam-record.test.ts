import { expect, it } from 'vitest';
import { keysOf } from '../../device/keys.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { Conclusion, InstanceResult } from '../../models/outcome.ts';
import { examNames } from '../../quality/exam-name.ts';
import type { Instance } from '../spool/instance.ts';
import type { Result, Study } from '../spool/study-ledger.ts';
import { type Observed, recordsOf, streamExamOf } from './exam-record.ts';

const names = examNames(keysOf(new Uint8Array(32)));

function observed(conclusion: Conclusion, signals: Record<string, number>[] = []): Observed {
  const facts = {
    modality: 'DX',
    ageYears: 7,
    rows: 2000,
    kvp: 110,
    exposure: 10,
    viewPosition: 'PA',
    sending: { callingAeTitle: 'XR1' },
  };
  const instances = signals.map((_, at) => ({ sopInstanceUid: String(at), facts }));
  const answers = signals.map((each, at): [string, InstanceResult] => [
    String(at),
    { state: 'analysed', scores: [], maps: [], signals: each },
  ]);
  const identity = { accessionNumber: 'A1', patientId: 'P1', sex: 'F' };
  return {
    result: { conclusion, at: 5 } as unknown as Result,
    bundle: {
      manifest: {
        identity: { name: 'chest', version: '1.0.0' },
        findings: [{ id: 'nodule' }, { id: 'effusion' }],
      },
    } as unknown as Bundle,
    study: { studyUid: '1.2.3', identity } as unknown as Study,
    instances: instances as unknown as Instance[],
    answers: new Map(answers),
  };
}

const flagged: Conclusion = {
  state: 'flagged',
  analysed: [],
  missed: [],
  findings: [
    { finding: 'nodule', probability: 0.9, flagged: true, key: [] },
    { finding: 'effusion', probability: 0.1, flagged: false, key: [] },
  ],
};

it('makes a record of every finding, with no name in clear', () => {
  const records = recordsOf(observed(flagged, [{}]), names, 'north');
  expect(records).toMatchObject([
    { finding: 'nodule', answer: { score: 0.9, flagged: true }, age: '007Y', scanner: 'XR1' },
    { finding: 'effusion', answer: { score: 0.1, flagged: false }, site: 'north' },
  ]);
  const { studyUid: _, ...kept } = records[0]!;
  expect(JSON.stringify(kept)).not.toMatch(/A1|P1|1\.2\.3/);
});

it('counts how an exam was taken and what its images look like', () => {
  const exam = streamExamOf(observed(flagged, [{ 'image.mean': 0.2 }, { 'image.mean': 0.4 }]));
  expect(exam).toMatchObject({ outside: false, flagged: true });
  expect(exam).toHaveProperty('observation', {
    'score.nodule': 0.9,
    'score.effusion': 0.1,
    kvp: 110,
    exposure: 1,
    'slice-thickness': undefined,
    rows: 2000,
    photometric: undefined,
    view: 'PA',
    'image.mean': expect.closeTo(0.3),
  });
});

it('says of exams without an answer only that the gate has stopped them', () => {
  const detail = '';
  const stopped = { state: 'not-analysed', reason: 'outside-validated-domain', detail } as const;
  expect(streamExamOf(observed(stopped))).toEqual({ outside: true });
  expect(streamExamOf(observed({ ...stopped, reason: 'timeout' }))).toBeUndefined();
});
