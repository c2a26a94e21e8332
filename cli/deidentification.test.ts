import { describe, expect, it } from 'vitest';
import { keysOf } from '../device/keys.ts';
import { allowList } from '../models/dataset/confidentiality.ts';
import { type DataElement, type DataSet, readDataSet } from '../runtime/dicom/data-set.ts';
import { type Attributes, dataSetOf, encodeDataSet } from '../runtime/dicom/data-set-writer.ts';
import { wrapJpeg } from '../runtime/dicom/image-writer.ts';
import { readPart10, writePart10 } from '../runtime/dicom/part10.ts';
import { formatTag, tags } from '../runtime/dicom/tag.ts';
import { implicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { allStrings, firstString } from '../runtime/dicom/value.ts';
import { makeJpeg } from '../tests/jpeg-bytes.ts';
import { objectLimits } from './dataset-image.ts';
import { deidentify, type Profile } from './deidentification.ts';

const profile: Profile = {
  keys: keysOf(Buffer.alloc(32, 7)),
  site: '',
  dates: 'remove',
  characteristics: false,
  picturesChecked: false,
};
const everything: Profile = { ...profile, dates: 'shift', characteristics: true };

const computedTomography = '1.2.840.10008.5.1.4.1.1.2';

const plain: Attributes = {
  SOPClassUID: computedTomography,
  SOPInstanceUID: '1.2.3.4.5',
  StudyInstanceUID: '1.2.3.4',
  SeriesInstanceUID: '1.2.3.4.1',
  ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
  Modality: 'CT',
  Manufacturer: 'GE MEDICAL SYSTEMS',
  PatientName: 'Mustermann^Erika',
  PatientID: 'ID-4711',
  PatientBirthDate: '19470811',
  PatientSex: 'F',
  PatientAge: '093Y',
  StudyDate: '20260105',
  StudyTime: '081500',
  SeriesDate: '20260105',
  StudyID: '12',
  AccessionNumber: 'ACC99',
  ReferringPhysicianName: 'Doe^John',
  BodyPartExamined: 'CHEST',
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  Rows: 2,
  Columns: 2,
  BitsAllocated: 16,
  BitsStored: 12,
  HighBit: 11,
  PixelRepresentation: 0,
};

const pixels = Buffer.from('0001020304050607', 'hex');

type Change = DataElement[];

/** A CT object with some elements added or put in place of its own. */
function object(change: Change = [], attributes: Attributes = plain): Buffer {
  const elements = new Map(dataSetOf(attributes).elements);
  elements.set(tags.PixelData, { tag: tags.PixelData, vr: 'OW', value: pixels });
  for (const element of change) elements.set(element.tag, element);
  return Buffer.from(part10(encodeDataSet({ elements, littleEndian: true })));
}

function part10(dataSet: Uint8Array, transferSyntaxUid = explicitVrLittleEndian): Uint8Array {
  const meta = { sopClassUid: computedTomography, sopInstanceUid: '1.2.3.4.5', transferSyntaxUid };
  return writePart10(meta, dataSet);
}

function open(file: Uint8Array): DataSet {
  const { transferSyntaxUid, dataSet } = readPart10(file);
  return readDataSet(dataSet, transferSyntaxUid, objectLimits);
}

function element(tag: number, vr: string, text: string | Uint8Array): DataElement {
  return { tag, vr, value: Buffer.from(text as string) };
}

function sequence(tag: number, ...items: DataElement[][]): DataElement {
  const dataSets = items.map((elements): DataSet => ({
    elements: new Map(elements.map((each) => [each.tag, each])),
    littleEndian: true,
  }));
  return { tag, vr: 'SQ', value: Buffer.alloc(0), items: dataSets };
}

/** Texts that fit the longest value, the shortest, and those that must look like a UID, a date or a number. */
const canaries: Record<string, string> = {
  UI: '1.2.4711.987654',
  DA: '19470811',
  TM: '114711.47',
  DT: '19470811114711',
  DS: '4711471147',
  IS: '4711471147',
  AS: 'KANR',
};
const word = 'KANARIENVOGEL';

function canaryFor(vr: string): string {
  return canaries[vr] ?? word;
}

const texts = 'AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT OB OW UN'.split(' ');

/** Of no attribute in the allow-list; the elements from 0009 on are private. */
const foreignTags = [
  0x0008_0080, 0x0008_103e, 0x0010_4000, 0x0010_2180, 0x0018_1030, 0x0020_4000, 0x0032_1060,
  0x0040_a730, 0x4000_4000, 0x5000_2500, 0x6000_0022, 0x6000_3000, 0x0400_0561, 0xfffc_fffc,
  0x0009_0010, 0x0029_1010, 0x7fdf_1000, 0x7fe1_0010,
];

/** Every sequence that is let through, and one that is not. */
const sequences = [
  ...[...allowList.values()].filter(({ vr }) => vr.includes('SQ')).map(({ tag }) => tag),
  0x0040_0275,
];

type Canary = [name: string, file: Buffer, canary: string];

function inEveryVr(tag: number): Canary[] {
  return texts.map((vr) => {
    const canary = canaryFor(vr);
    return [`${formatTag(tag)} as ${vr}`, object([element(tag, vr, canary)]), canary];
  });
}

/** All attributes at once in an item, and in an item of an item: as texts, and each as its own VR. */
function inSequence(outer: number): Canary[] {
  const inner = [...allowList.keys(), ...foreignTags].filter((tag) => !isData(tag));
  return ['LO', 'UT', 'own'].map((how): Canary => {
    const leaves = inner.map((tag) => {
      const vr = how === 'own' ? (allowList.get(tag)?.vr[0] ?? 'CS') : how;
      return vr === 'SQ' ? sequence(tag, [element(0x0010_0010, 'PN', word)]) : element(tag, vr, canaryFor(vr)); // prettier-ignore
    });
    const again = leaves.filter(({ tag }) => tag !== 0x0028_3010);
    const nested = sequence(outer, [...again, sequence(0x0028_3010, again)]);
    return [`${how} in ${formatTag(outer)}`, object([nested]), word];
  });
}

/** Values that are data by their nature cannot be told from a text: pixels, tables of numbers, and a number itself. */
function isData(tag: number): boolean {
  return ['data', 'pixels'].includes(allowList.get(tag)?.treatment.kind ?? '');
}

/** The output, if there is any, in one text; UIDs, dates and names would show in it. */
function outputOf(file: Uint8Array, how: Profile): string {
  try {
    return Buffer.from(deidentify(file, how).file).toString('latin1');
  } catch (error) {
    if (error instanceof Error && /^(IMAGE_REFUSED|DATA_SET_UNREADABLE)/.test(error.message))
      return '';
    throw error;
  }
}

function survivors(all: Canary[], how: Profile): string[] {
  for (const [name, file, canary] of all)
    expect(file.toString('latin1'), `input: ${name}`).toContain(canary);
  return all
    .filter(([, file, canary]) => outputOf(file, how).includes(canary))
    .map(([name]) => name);
}

describe.each([
  ['as little as possible', profile],
  ['as much as possible', everything],
])('de-identification that keeps %s', (_how, how) => {
  it('lets no canary through in any attribute that it keeps, whatever its VR', () => {
    const all = [...allowList.keys()].filter((tag) => !isData(tag)).flatMap(inEveryVr);
    expect(all.length).toBeGreaterThan(2000);
    expect(survivors(all, how)).toEqual([]);
  });

  it('lets no canary through in any other attribute, private or of a group of its own', () => {
    expect(survivors(foreignTags.flatMap(inEveryVr), how)).toEqual([]);
  });

  it('lets no canary through in any sequence', () => {
    const files = sequences.flatMap(inSequence);
    expect(files.length).toBeGreaterThan(30);
    const all = files.flatMap(([name, file]) =>
      [word, ...Object.values(canaries)].map((canary): Canary => [name, file, canary]),
    );
    const holding = all.filter(([, file, canary]) => file.includes(canary));
    expect(holding.length).toBeGreaterThan(100);
    expect(survivors(holding, how)).toEqual([]);
  });

  it('lets no canary through where VRs are implicit', () => {
    const all = [...allowList.keys(), ...foreignTags].filter((tag) => !isData(tag)).map(implicit);
    expect(survivors(all, how)).toEqual([]);
  });

  it('lets no canary through around the data set', () => {
    const file = object();
    const preamble = Buffer.from(file);
    preamble.write(word, 10);
    const meta = Buffer.from(part10(encodeDataSet(open(file))));
    const sender = Buffer.concat([Buffer.from('02001600', 'hex'), Buffer.from('AE\x0e\x00'), Buffer.from(`${word} `)]); // prettier-ignore
    const at = meta.indexOf(Buffer.from('02001200', 'hex'));
    const withSender = Buffer.concat([meta.subarray(0, at), sender, meta.subarray(at)]);
    const tooLong = object([element(tags.PixelData, 'OW', Buffer.concat([pixels, Buffer.from(`${word} `)]))]); // prettier-ignore
    const all: Canary[] = [
      ['preamble', preamble, word],
      ['file meta information', withSender, word],
      ['bytes after the pixels', tooLong, word],
    ];
    for (const [name, bytes] of all) expect(outputOf(bytes, how), name).not.toBe('');
    expect(survivors(all, how)).toEqual([]);
  });

  it('lets no canary through in the coding of a picture', () => {
    const remarks: [number, string][] = [
      [0xfe, word],
      [0xe1, `Exif\0\0${word}`],
      [0xe0, `JFIF\0${word}`],
      [0xed, word],
    ];
    const jpeg = makeJpeg({ segments: remarks });
    const clean = wrapJpeg(makeJpeg(), { source: 'x', patient: 'p1' });
    const coded = [makeJpeg(), Buffer.from(word)].map((each) => each);
    const files = [jpeg, Buffer.concat(coded)].map((picture) => coat(clean.file, picture));
    const all = files.map((file, at): Canary => [`JPEG ${at}`, file, word]);
    for (const [name, bytes] of all) expect(outputOf(bytes, how), name).not.toBe('');
    expect(survivors(all, how)).toEqual([]);
  });
});

/** The same file with another coded picture. */
function coat(file: Uint8Array, picture: Buffer): Buffer {
  const elements = new Map(open(file).elements);
  const fragments = [Buffer.alloc(0), picture];
  elements.set(tags.PixelData, {
    tag: tags.PixelData,
    vr: 'OB',
    value: Buffer.alloc(0),
    fragments,
  });
  const dataSet = encodeDataSet({ elements, littleEndian: true });
  return Buffer.from(part10(dataSet, '1.2.840.10008.1.2.4.50'));
}

function implicit(tag: number): Canary {
  const elements = new Map(open(object()).elements);
  const canary = canaryFor(allowList.get(tag)?.vr[0] ?? 'LO');
  elements.set(tag, element(tag, 'LO', canary));
  const encoded = [...elements.values()]
    .toSorted((one, other) => one.tag - other.tag)
    .map((each) => {
      const header = Buffer.alloc(8);
      header.writeUInt16LE(each.tag >>> 16, 0);
      header.writeUInt16LE(each.tag & 0xffff, 2);
      const value = Buffer.concat([each.value, Buffer.alloc(each.value.length % 2, ' ')]);
      header.writeUInt32LE(value.length, 4);
      return Buffer.concat([header, value]);
    });
  return [`implicit ${formatTag(tag)}`, Buffer.from(part10(Buffer.concat(encoded), implicitVrLittleEndian)), canary]; // prettier-ignore
}

describe('a de-identified object', () => {
  const { file, patient, sopInstanceUid } = deidentify(object(), profile);
  const read = open(file);

  it('keeps the picture and what is needed to see it', () => {
    expect(Buffer.from(read.elements.get(tags.PixelData)!.value)).toEqual(pixels);
    const kept = [
      'SOPClassUID',
      'Modality',
      'BodyPartExamined',
      'PhotometricInterpretation',
    ] as const;
    for (const keyword of kept) expect(firstString(read, tags[keyword])).toBe(plain[keyword]);
    expect(allStrings(read, tags.ImageType)).toEqual(['ORIGINAL', 'PRIMARY', 'AXIAL']);
    expect(firstString(read, tags.Manufacturer)).toBe('GE');
  });

  it('has a pseudonym, and nothing where objects must have something', () => {
    expect(patient).toMatch(/^P[0-9a-f]{16}$/);
    expect(firstString(read, tags.PatientID)).toBe(patient);
    expect(firstString(read, tags.PatientName)).toBe(`ANONYMOUS^${patient}`);
    for (const tag of [tags.StudyDate, tags.PatientBirthDate, tags.PatientSex, tags.StudyID])
      expect(read.elements.get(tag)?.value).toHaveLength(0);
    expect(read.elements.has(tags.SeriesDate)).toBe(false);
    expect(read.elements.has(tags.PatientAge)).toBe(false);
  });

  it('says how it was made so', () => {
    expect(firstString(read, tags.PatientIdentityRemoved)).toBe('YES');
    const codes = read.elements.get(tags.DeidentificationMethodCodeSequence)?.items ?? [];
    expect(codes.map((code) => firstString(code, tags.CodeValue))).toEqual(['113100']);
  });

  it('is called the same inside and outside', () => {
    expect(firstString(read, tags.SOPInstanceUID)).toBe(sopInstanceUid);
    expect(Buffer.from(file).toString('latin1').split(sopInstanceUid)).toHaveLength(3);
  });

  it('is the same with the same key, and another with another', () => {
    expect(deidentify(object(), profile).file).toEqual(file);
    const other = deidentify(object(), { ...profile, keys: keysOf(Buffer.alloc(32, 8)) });
    expect(other.patient).not.toBe(patient);
    expect(other.sopInstanceUid).not.toBe(sopInstanceUid);
    expect(deidentify(object(), { ...profile, site: 'b' }).patient).not.toBe(patient);
  });

  it('stays in the study of its fellows', () => {
    const fellow = open(deidentify(object([element(tags.SOPInstanceUID, 'UI', '1.2.3.4.6')]), profile).file); // prettier-ignore
    const uid = (dataSet: DataSet, tag: number) => firstString(dataSet, tag);
    expect(uid(fellow, tags.StudyInstanceUID)).toBe(uid(read, tags.StudyInstanceUID));
    expect(uid(fellow, tags.SOPInstanceUID)).not.toBe(uid(read, tags.SOPInstanceUID));
  });
});

describe('the options', () => {
  const read = open(deidentify(object(), everything).file);

  it('keep the distance between dates of a patient', () => {
    const later = open(
      deidentify(object([element(tags.StudyDate, 'DA', '20260305')]), everything).file,
    );
    const [one, other] = [read, later].map((each) => firstString(each, tags.StudyDate) ?? '');
    expect(one).not.toBe('20260105');
    const days = (text = ''): number =>
      Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6))) /
      86_400_000;
    expect(days(other) - days(one)).toBe(59);
    expect(firstString(read, tags.SeriesDate)).toBe(one);
    expect(firstString(read, tags.StudyTime)).toBeUndefined();
  });

  it('keep sex and age, but nobody is older than ninety', () => {
    expect(firstString(read, tags.PatientSex)).toBe('F');
    expect(firstString(read, tags.PatientAge)).toBe('090Y');
  });

  it('are named by their codes', () => {
    const codes = read.elements.get(tags.DeidentificationMethodCodeSequence)?.items ?? [];
    const values = codes.map((code) => firstString(code, tags.CodeValue));
    expect(values).toEqual(['113100', '113107', '113108']);
    expect(firstString(read, tags.LongitudinalTemporalInformationModified)).toBe('MODIFIED');
  });
});

describe('an object is refused', () => {
  const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';
  const overlay = [element(0x6000_0010, 'US', Buffer.of(2, 0)), element(0x6000_0100, 'US', Buffer.of(16, 0))]; // prettier-ignore
  it.each<[string, Buffer, RegExp]>([
    ['if the patient is named in the picture', object([element(tags.BurnedInAnnotation, 'CS', 'YES')]), /clean the picture/],
    ['if a Secondary Capture does not say', object([], { ...plain, SOPClassUID: secondaryCapture }), /--pictures-checked/],
    ['if a screen does not say', object([], { ...plain, ImageType: ['DERIVED', 'PRIMARY', 'SCREEN SAVE'] }), /--pictures-checked/],
    ['with an overlay in its pixels', object(overlay), /unused bits/],
    ['without a Patient ID', object([], { ...plain, PatientID: '' }), /cannot be told apart/],
    ['of a private SOP class', object([], { ...plain, SOPClassUID: '1.2.3' }), /SOP class/],
    ['with too few pixels', object([element(tags.PixelData, 'OW', 'abcdef')]), /6 of 8 bytes/],
  ])('%s', (_why, file, message) => {
    expect(() => deidentify(file, profile)).toThrow(message);
  }); // prettier-ignore

  it('unless somebody has looked', () => {
    const file = object([], { ...plain, SOPClassUID: secondaryCapture });
    expect(deidentify(file, { ...profile, picturesChecked: true }).warnings).toEqual([]);
    const stated = object([], {
      ...plain,
      SOPClassUID: secondaryCapture,
      BurnedInAnnotation: 'NO',
    });
    expect(deidentify(stated, profile).warnings).toEqual([]);
  });

  it('but a radiograph only with a warning', () => {
    const { file } = wrapJpeg(makeJpeg(), { source: 'x', patient: 'p1' });
    expect(deidentify(file, profile).warnings).toEqual([
      expect.stringContaining('names the patient'),
    ]);
  });
});
