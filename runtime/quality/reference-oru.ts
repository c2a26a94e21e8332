import {
  type Claim,
  findingOf,
  type KnownFinding,
  presenceLabels,
  refuseReference,
} from './reference-claim.ts';

/** What is wanted of the separators (HL7 v2.5.1 2.5.4); a sender with others of its own is refused. */
const header = 'MSH|^~\\&|';

/** Results that somebody answers for (table 0085): final, and corrected final. */
const final: ReadonlySet<string> = new Set(['F', 'C']);

/**
 * Reads reports from observation messages (ORU^R01, HL7 v2.5.1 7.3.1), one or several in a file. The exam is OBR-18, the
 * accession number as IHE RAD-128 has it; the finding the code in OBX-3, the answer in OBX-5 "present" or "absent" of
 * SNOMED CT, and OBX-16 or OBR-32 who answers for it. Free text is not read: no machine here says what a sentence means.
 * Throws REFERENCE_INVALID.
 */
export function readReferenceOru(
  name: string,
  text: string,
  findings: readonly KnownFinding[],
): Claim[] {
  const segments = text.split(/[\r\n]+/).filter((segment) => segment !== '');
  const claims: Claim[] = [];
  let order: string[] = [];
  segments.forEach((segment, index) => {
    const fields = segment.split('|');
    if (fields[0] === 'MSH' && !segment.startsWith(header))
      throw refuseReference(`${name}, segment ${index + 1}: other separators than ^~\\&`);
    if (fields[0] === 'MSH') order = [];
    if (fields[0] === 'OBR') order = fields;
    if (fields[0] !== 'OBX') return;
    const claim = claimOf(`${name}, segment ${index + 1}`, order, fields, findings);
    if (claim) claims.push(claim);
  });
  if (claims.length === 0) throw refuseReference(`${name}: no final answer on a finding`);
  return claims;
}

function claimOf(
  at: string,
  order: readonly string[],
  fields: readonly string[],
  findings: readonly KnownFinding[],
): Claim | undefined {
  const [value = '', , scheme = ''] = (fields[3] ?? '').split('^');
  const finding = findingOf(findings, value, scheme);
  const label = presenceLabels.get(fields[5]?.split('^')[0] ?? '');
  // What was not verified is no reference; this device's own messages are preliminary too.
  if (finding === undefined || label === undefined || !final.has(fields[11] ?? ''))
    return undefined;
  const accession = order[18]?.split('^')[0] ?? '';
  if (accession === '') throw refuseReference(`${at}: OBR-18 has no accession number`);
  const reader = fields[16] || order[32] || '';
  if (reader === '') throw refuseReference(`${at}: neither OBX-16 nor OBR-32 says who answers`);
  return { at, studyUid: '', accession, finding, label, reader };
}
