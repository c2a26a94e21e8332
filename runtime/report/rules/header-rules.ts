import type { DataSet } from '../../dicom/data-set.ts';
import type { Keyword } from '../../dicom/tag.ts';
import { keywordOf } from '../../dicom/tag.ts';
import { optionalAttributes, requiredAttributes } from '../header.ts';
import { dayNumber } from '../moment.ts';
import { type ReportDocument, has, itemsOf, textOf } from './document.ts';
import { type Breach, type Rule, unless } from './rule.ts';

/** A rule that an attribute has one value and no other. */
export function fixed(id: string, keyword: Keyword, value: string): Rule {
  return {
    id,
    must: `${keyword} must be ${value}`,
    breaches: ({ document: { header } }) =>
      unless(textOf(header, keyword) === value, textOf(header, keyword) || 'nothing', keyword),
  };
}

/** A rule that pairs of date and time name when the result was recorded. */
export function momentRule(moments: readonly [Keyword, Keyword][]): Rule {
  return {
    id: 'moment',
    must: 'dates and times must be legal and name the moment of the result',
    breaches: ({ document: { header }, request: { device, at } }) =>
      moments.flatMap(([date, time]) => {
        const [day, ofDay] = [textOf(header, date), textOf(header, time)];
        const local = momentOf(day, ofDay);
        return unless(
          local === at + device.utcOffsetMinutes * minute,
          `${day} ${ofDay}`,
          `${date}, ${time}`,
        );
      }),
  };
}

/**
 * That the attributes of type 2 are there, and none that the object does not have. `what`: the object in words, such as
 * "a report".
 */
export function attributeRules(
  present: readonly Keyword[],
  known: ReadonlySet<string>,
  what: string,
): Rule[] {
  return [
    {
      id: 'present-attribute',
      must: 'attributes of type 2 must be there',
      breaches: ({ document: { header } }) =>
        present.flatMap((keyword) => unless(has(header, keyword), 'nothing', keyword)),
    },
    {
      id: 'foreign-attribute',
      must: `the header must have nothing but what ${what} has`,
      breaches: ({ document: { header } }) => foreignAttributes(header, known),
    },
  ];
}

/** One breach for every attribute that is not among the known ones. */
export function foreignAttributes(header: DataSet, known: ReadonlySet<string>): Breach[] {
  return [...header.elements.keys()].flatMap((tag) => {
    const keyword = keywordOf(tag) ?? tag.toString(16).padStart(8, '0');
    return unless(known.has(keyword), keyword, keyword);
  });
}

/** Attributes that may be empty and must be there (type 2). */
const presentAttributes: Keyword[] = [
  ...requiredAttributes,
  'ReferencedPerformedProcedureStepSequence',
  'PerformedProcedureCodeSequence',
];

/** What the device itself writes into the header of every object. */
export const ownAttributes: readonly Keyword[] = [
  'SpecificCharacterSet',
  'InstanceCreationDate',
  'InstanceCreationTime',
  'SOPClassUID',
  'SOPInstanceUID',
  'ContentDate',
  'ContentTime',
  'Modality',
  'Manufacturer',
  'TimezoneOffsetFromUTC',
  'SeriesDescription',
  'ManufacturerModelName',
  'DeviceSerialNumber',
  'SoftwareVersions',
  'ContributingEquipmentSequence',
  'StudyInstanceUID',
  'SeriesInstanceUID',
  'SeriesNumber',
];

/** All that the header of a report may have: nothing of the series and instance of its source. */
const knownAttributes: ReadonlySet<string> = new Set<Keyword>([
  ...presentAttributes,
  ...optionalAttributes,
  ...ownAttributes,
  'InstanceNumber',
  'ReferencedRequestSequence',
  'ValueType',
  'ConceptNameCodeSequence',
  'ContinuityOfContent',
  'PredecessorDocumentsSequence',
  'CurrentRequestedProcedureEvidenceSequence',
  'CompletionFlag',
  'CompletionFlagDescription',
  'VerificationFlag',
  'PreliminaryFlag',
  'ContentTemplateSequence',
  'ContentSequence',
]);

/** Of every document that is sent. */
export const documentRules: Rule[] = [
  fixed('character-set', 'SpecificCharacterSet', 'ISO_IR 192'),
  {
    id: 'timezone',
    must: 'TimezoneOffsetFromUTC must be the offset of the device',
    breaches: ({ document: { header }, request: { device } }) =>
      unless(
        offsetMinutes(header) === device.utcOffsetMinutes,
        textOf(header, 'TimezoneOffsetFromUTC') || 'nothing',
        'TimezoneOffsetFromUTC',
      ),
  },
  momentRule([
    ['ContentDate', 'ContentTime'],
    ['InstanceCreationDate', 'InstanceCreationTime'],
  ]),
  {
    id: 'equipment',
    must: 'maker, model, serial number and software version must be those of the device',
    breaches: ({ document: { header }, request: { device } }) =>
      (
        [
          ['Manufacturer', device.manufacturer],
          ['ManufacturerModelName', device.model],
          ['DeviceSerialNumber', device.serial],
          ['SoftwareVersions', device.softwareVersion],
        ] as const
      ).flatMap(([keyword, value]) =>
        unless(textOf(header, keyword) === value, textOf(header, keyword) || 'nothing', keyword),
      ),
  },
  {
    id: 'series-description',
    must: 'SeriesDescription must say in at most 64 characters that this is not for primary diagnosis',
    breaches: ({ document: { header } }) => {
      const text = textOf(header, 'SeriesDescription');
      const holds = text.includes('NOT FOR PRIMARY DIAGNOSIS') && text.length <= 64;
      return unless(holds, text || 'nothing', 'SeriesDescription');
    },
  },
];

/** Of a report. */
export const headerRules: Rule[] = [
  fixed('sop-class', 'SOPClassUID', '1.2.840.10008.5.1.4.1.1.88.34'),
  fixed('modality', 'Modality', 'SR'),
  fixed('verification', 'VerificationFlag', 'UNVERIFIED'),
  fixed('preliminary', 'PreliminaryFlag', 'FINAL'),
  ...attributeRules(presentAttributes, knownAttributes, 'a report'),
  {
    id: 'predecessor',
    must: 'the predecessor must be the report that this one replaces',
    breaches: ({ document: { header }, request: { predecessor } }) => {
      const found = predecessorsOf(header).join();
      const expected = predecessor?.sopInstanceUid ?? '';
      return unless(found === expected, found || 'nothing', 'PredecessorDocumentsSequence');
    },
  },
];

const minute = 60_000;

type Header = ReportDocument['header'];

/** Minutes east of UTC; undefined for a text that is no offset (PS3.3 C.12.1.1.8). */
function offsetMinutes(header: Header): number | undefined {
  const match = /^([+-])(\d\d)([0-5]\d)$/.exec(textOf(header, 'TimezoneOffsetFromUTC'));
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

/** Milliseconds since 1970 in the zone of the device; undefined where DA or TM is none. */
function momentOf(date: string, time: string): number | undefined {
  const day = dayNumber(date);
  const match = /^([01]\d|2[0-3])([0-5]\d)([0-5]\d)\.(\d{3})$/.exec(time);
  if (day === undefined || !match) return undefined;
  const [hours, minutes, seconds, milliseconds] = match.slice(1).map(Number);
  return (day * 1440 + hours! * 60 + minutes!) * minute + seconds! * 1000 + milliseconds!;
}

function predecessorsOf(header: Header): string[] {
  return itemsOf(header, 'PredecessorDocumentsSequence')
    .flatMap((study) => itemsOf(study, 'ReferencedSeriesSequence'))
    .flatMap((series) => itemsOf(series, 'ReferencedSOPSequence'))
    .map((reference) => textOf(reference, 'ReferencedSOPInstanceUID'));
}
