import type { Code } from '../../../models/manifest.ts';
import { deriveUid } from '../../dicom/uid.ts';

/** Coding (FHIR R4, datatypes). */
export interface Coding {
  system: string;
  code: string;
  display: string;
}

export interface CodeableConcept {
  coding?: Coding[];
  text?: string;
}

export interface Identifier {
  type?: CodeableConcept;
  system?: string | undefined;
  value: string;
  assigner?: { display: string } | undefined;
}

/** A reference by `reference` to another resource of the transaction, or by `identifier` to one that is the receiver's. */
export interface FhirReference {
  reference?: string;
  type?: string;
  identifier?: Identifier;
}

/** Coding schemes of PS3.16 table 8-1 as FHIR names them. */
const systems: Record<string, string> = {
  DCM: 'http://dicom.nema.org/resources/ontology/DCM',
  SCT: 'http://snomed.info/sct',
  LN: 'http://loinc.org',
  RADLEX: 'http://www.radlex.org',
  UMLS: 'http://www.nlm.nih.gov/research/umls',
  UCUM: 'http://unitsofmeasure.org',
};

/** A code of DICOM's as a concept. Of a scheme that FHIR has no name for, the meaning alone is left. */
export function conceptOf({ value, scheme, meaning }: Code): CodeableConcept {
  const system = systems[scheme];
  return system
    ? { coding: [{ system, code: value, display: meaning }], text: meaning }
    : { text: meaning };
}

/** A concept of one of HL7's own code systems. */
export function hl7Concept(system: string, code: string, display: string): CodeableConcept {
  return { coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code, display }] };
}

/** A share of one as per cent, rounded down like that of the SR, so that what is below a threshold stays below it. */
export function percentQuantity(fraction: number) {
  const value = Math.floor(fraction * 10_000 + 1e-6) / 100;
  return { value, unit: '%', system: systems['UCUM'], code: '%' };
}

/** What DICOM names by a UID (FHIR R4, ImagingStudy, "DICOM UIDs"). */
export function uidIdentifier(uid: string): Identifier {
  return { system: 'urn:dicom:uid', value: `urn:oid:${uid}` };
}

/** Names a resource of ours: the same parts give the same name on every device. */
export function uuidIdentifier(...parts: string[]): Identifier {
  const number = BigInt(deriveUid('fhir', ...parts).slice('2.25.'.length));
  const hex = number.toString(16).padStart(32, '0');
  const value = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, 'urn:uuid:$1-$2-$3-$4-$5');
  return { system: 'urn:ietf:rfc:3986', value };
}

/** The narrative of a resource (FHIR R4, narrative): a paragraph for each text. */
export function narrativeOf(...paragraphs: string[]) {
  const html = paragraphs.map((text) => `<p>${escapeXml(text)}</p>`).join('');
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${html}</div>` };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
