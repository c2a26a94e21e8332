import type { Attributes } from '../attributes.ts';
import { dateOf, itemOf, itemsOf, textOf } from './source.ts';
import { type Component, encodeSegment, type Field } from './text.ts';

/** Patient Identification (HL7 v2.5.1 3.4.2), of what the images say. What is empty there stays empty. */
export function patientIdentification(patient: Attributes): string {
  return encodeSegment('PID', {
    1: '1',
    3: { repeats: identifiers(patient) },
    5: patientName(textOf(patient, 'PatientName')),
    7: dateOf(textOf(patient, 'PatientBirthDate')),
    8: administrativeSex(textOf(patient, 'PatientSex')),
  });
}

/** CX (HL7 v2.5.1 2.A.14): the Patient ID first, then those of Other Patient IDs Sequence; without it none. */
function identifiers(patient: Attributes): Component[][] {
  const all = [patient, ...itemsOf(patient, 'OtherPatientIDsSequence')];
  return textOf(patient, 'PatientID') === ''
    ? []
    : all.filter((of) => textOf(of, 'PatientID') !== '').map(identifier);
}

function identifier(of: Attributes): Component[] {
  const qualifiers = itemOf(of, 'IssuerOfPatientIDQualifiersSequence');
  const authority = designator(textOf(of, 'IssuerOfPatientID'), qualifiers);
  const type = textOf(qualifiers, 'IdentifierTypeCode');
  return [textOf(of, 'PatientID'), '', '', authority, type];
}

/** HD (HL7 v2.5.1 2.A.36): a name, and the universal identifier that an item names. */
export function designator(namespace: string, item: Attributes | undefined): string[] {
  const uid = textOf(item, 'UniversalEntityID');
  return [namespace, uid, uid === '' ? '' : textOf(item, 'UniversalEntityIDType')];
}

/** Table 4000: in which script a name is written, in the order of the component groups of a PN (PS3.5 6.2.1). */
const scripts = ['A', 'I', 'P'];

/** XPN (HL7 v2.5.1 2.A.89): one value for each component group. Prefix and suffix stand the other way round there. */
function patientName(name: string): Field {
  const groups = name.split('=').slice(0, scripts.length);
  return {
    repeats: groups.flatMap((group, at) => {
      const [family = '', given = '', middle = '', prefix = '', suffix = ''] = group.split('^');
      const parts = [family, given, middle, suffix, prefix].map((part) => part.trim());
      return parts.every((part) => part === '') ? [] : [[...parts, '', '', scripts[at]!]];
    }),
  };
}

/** Table 0001 has the values of Patient's Sex (0010,0040) among its own; anything else says nothing. */
function administrativeSex(sex: string): string {
  return ['M', 'F', 'O'].includes(sex) ? sex : '';
}
