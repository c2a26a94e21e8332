import type { DataSet } from '../../dicom/data-set.ts';
import type { Keyword } from '../../dicom/tag.ts';
import { type ReportDocument, itemsOf, textOf, walk } from './document.ts';
import { type Rule, unless } from './rule.ts';

interface WrittenCode {
  value: string;
  scheme: string;
  meaning: string;
  where: string;
}

/** Coding schemes that every receiver knows (PS3.16 8, PS3.3 8.2). */
const publicSchemes = ['DCM', 'SCT', 'LN', 'UCUM', 'UMLS', 'RADLEX', 'RFC5646'];

const codeSequences: Keyword[] = ['ConceptNameCodeSequence', 'ConceptCodeSequence'];

export const codeRules: Rule[] = [
  {
    id: 'code-value',
    must: 'a code value must have 1 to 16 characters',
    breaches: ({ document }) =>
      codesIn(document).flatMap(({ value, where }) =>
        unless(value.length >= 1 && value.length <= 16, value || 'nothing', where),
      ),
  },
  {
    id: 'code-scheme',
    must: 'a code must be of a public coding scheme',
    breaches: ({ document }) =>
      codesIn(document).flatMap(({ scheme, where }) =>
        unless(publicSchemes.includes(scheme), scheme || 'nothing', where),
      ),
  },
  {
    id: 'code-meaning',
    must: 'a code meaning must have 1 to 64 characters and be the same wherever its code stands',
    breaches: ({ document }) => {
      const meanings = new Map<string, string>();
      return codesIn(document).flatMap(({ value, scheme, meaning, where }) => {
        const code = `${value} ${scheme}`;
        const first = meanings.get(code) ?? meaning;
        meanings.set(code, first);
        const legal = meaning.length >= 1 && meaning.length <= 64;
        return unless(legal && meaning === first, meaning || 'nothing', where);
      });
    },
  },
  {
    id: 'one-code',
    must: 'a code sequence must have one item',
    breaches: ({ document: { root } }) =>
      walk(root).flatMap(({ attributes, place }) =>
        codeSequences.flatMap((keyword) =>
          unless(itemsOf(attributes, keyword).length <= 1, `more in ${keyword}`, place),
        ),
      ),
  },
];

function codesIn({ root }: ReportDocument): WrittenCode[] {
  return walk(root).flatMap(({ attributes, place }) => {
    const measured = itemsOf(attributes, 'MeasuredValueSequence');
    const units = measured.flatMap((each) => itemsOf(each, 'MeasurementUnitsCodeSequence'));
    const codes = codeSequences.flatMap((keyword) => itemsOf(attributes, keyword));
    return [...codes, ...units].map((code) => writtenCode(code, place));
  });
}

function writtenCode(code: DataSet, where: string): WrittenCode {
  return {
    value: textOf(code, 'CodeValue'),
    scheme: textOf(code, 'CodingSchemeDesignator'),
    meaning: textOf(code, 'CodeMeaning'),
    where,
  };
}
