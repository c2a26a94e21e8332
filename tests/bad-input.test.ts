import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makePhantomInstance, type PhantomInstanceRequest } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';
import {
  isTerminal,
  makeDataFolder,
  readSpool,
  startTestAppliance,
  type RunningAppliance,
  journey,
} from './appliance.ts';
import { element } from './element-bytes.ts';
import { copyBundle, poisonBiases } from './inference/bundle-copy.ts';

const seed = 5150;
const patient = { name: 'DEMO^BAD', id: 'DEMO-5150' };

/** A sound object of a study of its own. */
function image(name: string, differs: Partial<PhantomInstanceRequest> = {}) {
  const studyInstanceUid = deriveUid('bad input', name);
  return makePhantomInstance({ seed, size: 128, patient, studyInstanceUid, ...differs });
}

type Image = ReturnType<typeof image>;
/**
 * The object with one short or OW element of its top level replaced by a text, or left out. Its data set is Explicit VR
 * Little Endian, in which tag and VR mark an element well enough.
 */
function alter(from: Image, tag: number, vr: string, text?: string): Image {
  const bytes = Buffer.from(from.dataSet);
  const mark = Buffer.alloc(6);
  mark.writeUInt16LE(tag >>> 16, 0);
  mark.writeUInt16LE(tag & 0xffff, 2);
  mark.write(vr, 4, 'latin1');
  const at = bytes.indexOf(mark);
  if (at < 0) throw new Error(`${tag.toString(16)} is not there`);
  const end =
    vr === 'OW' ? at + 12 + bytes.readUInt32LE(at + 8) : at + 8 + bytes.readUInt16LE(at + 6);
  const element = text === undefined ? [] : [mark, encodeValue(text, vr)];
  const dataSet = Buffer.concat([bytes.subarray(0, at), ...element, bytes.subarray(end)]);
  return { ...from, dataSet };
}

/** Length and value, padded to even length. */
function encodeValue(text: string, vr: string): Buffer {
  const padding = vr === 'UI' ? '\0' : ' ';
  const value = Buffer.from(text.length % 2 === 0 ? text : text + padding, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16LE(value.length);
  return Buffer.concat([length, value]);
}

const cut = (from: Image, length: number): Image => ({
  ...from,
  dataSet: from.dataSet.subarray(0, length),
});

/** The object with a header that is longer than most are: comments before everything that is read of its study. */
function withComments(from: Image): Image {
  const bytes = Buffer.from(from.dataSet);
  const at = bytes.indexOf(Buffer.from('10001000504e', 'hex'));
  const comments = element(0x0010_0009, 'LT', 'x'.repeat(50_000));
  return { ...from, dataSet: Buffer.concat([bytes.subarray(0, at), comments, bytes.subarray(at)]) };
}

const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

/** Kept aside: C-STORE status and the reason that the panel shows. */
const refused: [string, (sound: Image) => Image, number, string][] = [
  [
    'bytes that are no data set',
    (sound) => ({ ...sound, dataSet: Buffer.from('no DICOM here, '.repeat(300)) }),
    0xc000,
    'unreadable-data-set',
  ],
  ['a data set that ends in its header', (sound) => cut(sound, 333), 0xc000, 'unreadable-data-set'],
  ['a data set of no bytes', (sound) => cut(sound, 0), 0xc000, 'unreadable-data-set'],
  [
    'another SOP class than announced',
    (sound) => alter(sound, tags.SOPClassUID, 'UI', secondaryCapture),
    0xa900,
    'sop-mismatch',
  ],
  [
    'another SOP instance than announced',
    (sound) => alter(sound, tags.SOPInstanceUID, 'UI', '2.25.5150'),
    0xa900,
    'sop-mismatch',
  ],
  [
    'no SOP Instance UID',
    (sound) => alter(sound, tags.SOPInstanceUID, 'UI'),
    0xa900,
    'sop-mismatch',
  ],
  [
    'no Study Instance UID',
    (sound) => alter(sound, tags.StudyInstanceUID, 'UI'),
    0xb007,
    'missing-study-uid',
  ],
  [
    'no Series Instance UID',
    (sound) => alter(sound, tags.SeriesInstanceUID, 'UI'),
    0xb007,
    'missing-study-uid',
  ],
];

/** Taken into the study, which says why there is no answer. */
const unanswered: [string, (sound: Image) => Image, string][] = [
  ['no pixel data', (sound) => alter(sound, tags.PixelData, 'OW'), 'unreadable'],
  ['half of the pixel data', (sound) => cut(sound, sound.dataSet.length / 2), 'unreadable'],
];

it(
  'each bad object gets its status and its place, and disturbs nothing around it',
  journey,
  async () => {
    const appliance = await startTestAppliance();
    const { ...pids } = appliance.pids;
    const good = [...refused, ...unanswered].map(([name]) => image(`after ${name}`));
    const bad = [
      ...refused.map(([name, spoil]) => spoil(image(name))),
      ...unanswered.map(([name, spoil]) => spoil(image(name))),
    ];
    const strange = [
      alter(image('character set'), tags.SpecificCharacterSet, 'CS', 'ISO_IR 999'),
      withComments(image('long header')),
    ];

    const association = await appliance.associate(good);
    const statuses: number[] = [];
    for (const [at, object] of bad.entries()) {
      statuses.push(await association.store(object));
      const next = good[at];
      if (next) expect(await association.store(next), 'on the same association').toBe(0);
    }
    for (const object of strange) expect(await association.store(object)).toBe(0);
    await association.release();

    expect(statuses).toEqual([
      ...refused.map(([, , status]) => status),
      ...unanswered.map(() => 0),
    ]);
    expectKeptAside(appliance, bad.slice(0, refused.length));
    const studies = [...good, ...bad.slice(refused.length), ...strange].map(
      (e) => e.studyInstanceUid,
    );
    await appliance.untilExams(studies, isTerminal);
    expect(appliance.exams()).toHaveLength(studies.length + refused.length);
    for (const [name, , reason] of unanswered)
      expect(appliance.exam(image(name).studyInstanceUid)?.outcome, name).toMatchObject({ reason });
    for (const { studyInstanceUid } of [...good, ...strange])
      expect(appliance.exam(studyInstanceUid)?.outcome.state).toMatch(/^(flagged|no-flag)$/);
    expect(appliance.pids).toEqual(pids);
  },
);

/** The bytes as sent, under the reason that the panel shows too. */
function expectKeptAside(appliance: RunningAppliance, sent: Image[]): void {
  const aside = readSpool(appliance.dataFolder, 'quarantine');
  expect(aside.map(({ meta }) => meta['reason'])).toEqual(refused.map(([, , , reason]) => reason));
  expect(aside.map(({ data }) => data)).toEqual(sent.map(({ dataSet }) => Buffer.from(dataSet)));
  const shown = appliance.exams().filter(({ state }) => state === 'quarantined');
  const reasons = shown.map(({ outcome }) =>
    outcome.state === 'not-analysed' ? outcome.reason : '',
  );
  expect(reasons.sort()).toEqual(refused.map(([, , , reason]) => reason).sort());
}

it(
  'a model that fails its self-test: its studies say so, and others are answered as ever',
  journey,
  async () => {
    const folder = makeDataFolder();
    copyBundle(join(folder, 'sick', '1.0.0'), 'model.onnx', poisonBiases);
    const appliance = await startTestAppliance({ models: { folder, enabled: ['sick'] } });
    const { ...pids } = appliance.pids;
    const [own, other] = [image('own'), image('other', { modality: 'CT' })];
    for (const sent of [own, other]) await sendStudy([sent], appliance.scanner);
    const studies = [own.studyInstanceUid, other.studyInstanceUid];
    await appliance.untilExams(studies, isTerminal);
    expect(studies.map((studyUid) => appliance.exam(studyUid)?.outcome)).toMatchObject([
      {
        state: 'not-analysed',
        reason: 'model-fault',
        detail: expect.stringContaining('self-test'),
      },
      { state: 'not-analysed', reason: 'out-of-scope' },
    ]);
    expect(appliance.pids).toEqual(pids);
  },
);
