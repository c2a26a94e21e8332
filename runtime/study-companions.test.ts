import { expect, it } from 'vitest';
import type { ObjectKind } from './spool/outgoing-object.ts';
import { chooseShape } from './study-companions.ts';

const to = (...objects: ObjectKind[]) => ({ objects });

it('names segments only to whoever has them', () => {
  expect(chooseShape([to('report', 'measurements', 'segmentation'), to('report')])).toBe(
    'segments',
  );
  expect(chooseShape([to('measurements', 'segmentation'), to('measurements')])).toBe('boxes');
});
