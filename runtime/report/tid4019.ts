import { dcm } from './code.ts';
import { type ContentItem, codeItem, textItem } from './content.ts';
import type { Algorithm } from './algorithm.ts';

/** TID 4019 Algorithm Identification (PS3.16). */
export function algorithmIdentification(algorithm: Algorithm): ContentItem[] {
  return [
    textItem('HAS CONCEPT MOD', dcm('111001', 'Algorithm Name'), algorithm.name),
    textItem('HAS CONCEPT MOD', dcm('111003', 'Algorithm Version'), algorithm.version),
    ...algorithm.parameters.map((parameter) =>
      textItem('HAS CONCEPT MOD', dcm('111002', 'Algorithm Parameters'), parameter),
    ),
    codeItem(
      'HAS CONCEPT MOD',
      dcm('111000', 'Algorithm Family'),
      dcm('123110', 'Artificial Intelligence'),
    ),
  ];
}
