import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { keysOf } from '../../device/keys.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { ReadingExam } from '../../panel/quality-view.ts';
import { settleTruth } from '../../quality/reference-standard.ts';
import { makeExam, start } from '../../tests/quality-exams.ts';
import { keepReading, listReadings, type SaidReading } from './blind-reading.ts';
import { makeReport } from './quality-report.ts';
import { openQualityStore, type QualityStore } from './quality-store.ts';

const bundle = {
  hash: 'h',
  manifest: {
    identity: { name: 'chest', version: '1.0.0' },
    findings: [{ id: 'nodule', label: 'suspected nodule', threshold: 0.5 }],
  },
} as unknown as Bundle;

let store: QualityStore;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-reading-'));
  store = openQualityStore(folder, keysOf(new Uint8Array(32)));
  onTestFinished(() => {
    store.database.close();
    rmSync(folder, { recursive: true });
  });
  for (let at = 0; at < 4; at++) putDrawn(`1.2.${at}`, at < 2);
});

/** An exam that was drawn; one with a flag for sure, one without with a chance of one in four. */
function putDrawn(studyUid: string, flagged: boolean): void {
  const exam = store.names.exam(studyUid);
  store.exams.put({
    ...makeExam({ exam, model: 'chest' }),
    finding: 'nodule',
    studyUid,
    accession: '',
    modality: 'DX',
    answer: { score: flagged ? 0.9 : 0.1, flagged },
  });
  const probability = flagged ? 1 : 0.25;
  store.audit.put({ exam, model: 'chest', finding: 'nodule', probability, drawnAt: start });
}

const identity = { accessionNumber: 'A1', patientId: 'P1', patientName: 'Sample^Ada' };
const studies = { study: () => ({ identity, firstReceivedAt: start }) as never };

function list(reader: string): ReadingExam[] {
  return listReadings(store, { reader, readers: 2 }, [bundle], { studies });
}

function read(reader: string, exam: string, answer: SaidReading['answer'], at = start): void {
  keepReading(store, { reader, readers: 2, at }, { exam, finding: 'nodule', answer });
}

const exam = (number: number) => store.names.exam(`1.2.${number}`);

it('lists drawn exams by their numbers and tells nothing of what AI said', () => {
  const listed = list('one');
  expect(listed).toHaveLength(4);
  expect(Object.keys(listed[0]!)).toEqual([
    'id',
    'accessionNumber',
    'patientId',
    'modality',
    'receivedAt',
    'findings',
  ]);
  expect(listed[0]?.findings).toEqual([
    { id: 'nodule', label: 'suspected nodule', decides: false },
  ]);
  const flagged = new Set([exam(0), exam(1)]);
  const order = listed.map(({ id }) => flagged.has(id));
  expect(order).not.toEqual([true, true, false, false]);
});

it('asks two readers, each once, and shows none what the other said', () => {
  read('one', exam(0), 'present');
  expect(list('one').map(({ id }) => id)).not.toContain(exam(0));
  expect(list('two')).toHaveLength(4);
  read('two', exam(0), 'probably-present');
  expect(list('three').map(({ id }) => id)).not.toContain(exam(0));
  expect(() => read('three', exam(0), 'absent')).toThrow('does not wait for this reader');
  expect(() => read('one', exam(0), 'absent')).toThrow('does not wait for this reader');
});

it('is one source of the reference standard, undecided where readers are even', () => {
  read('one', exam(2), 'probably-absent');
  const said = () => store.reference.ofFinding('nodule').get(exam(2)) ?? [];
  expect(settleTruth(said())).toMatchObject({
    label: 0,
    source: 'blinded-reading',
    selection: 'by-answer',
    probability: 0.25,
  });
  read('two', exam(2), 'present');
  expect(settleTruth(said())).toBeUndefined();
  const [first] = said();
  store.reference.put([{ ...first!, source: 'adjudication', reader: 'three', label: 1 }]);
  expect(settleTruth(said())).toMatchObject({ label: 1, source: 'adjudication' });
});

it('asks a third reader to decide where two are even, and keeps that apart from what they said', () => {
  read('one', exam(2), 'probably-absent');
  read('two', exam(2), 'present');
  const asked = (reader: string) => list(reader).find(({ id }) => id === exam(2))?.findings;
  expect(asked('one')).toBeUndefined();
  expect(asked('two')).toBeUndefined();
  expect(asked('three')).toMatchObject([{ decides: true }]);
  read('three', exam(2), 'absent');
  const said = store.reference.ofFinding('nodule').get(exam(2)) ?? [];
  expect(settleTruth(said)).toMatchObject({
    label: 0,
    source: 'adjudication',
    selection: 'by-answer',
    probability: 0.25,
  });
  expect(store.readings.ofFinding('nodule').map(({ reader }) => reader)).toEqual(['one', 'two']);
  expect(asked('four')).toBeUndefined();
  expect(() => read('three', exam(2), 'present')).toThrow('does not wait for this reader');
});

it('tells in the report how far readers agree, with the model as one of them', () => {
  for (let number = 0; number < 4; number++) {
    read('one', exam(number), number < 2 ? 'present' : 'absent');
    read('two', exam(number), number < 1 ? 'present' : 'absent');
  }
  const period = { from: start, to: start + 1, site: '', now: start };
  const readers = makeReport(store, [bundle], period).models[0]?.findings[0]?.readers;
  expect(readers).toMatchObject({ readings: 8, undecided: 1 });
  const pairs = readers?.pairs.map(({ readers: names, kappa }) => [names.join(), kappa]);
  expect(pairs).toMatchObject([
    ['model,one', { value: 1 }],
    ['model,two', { value: 0.5 }],
    ['one,two', { value: 0.5 }],
  ]);
});
