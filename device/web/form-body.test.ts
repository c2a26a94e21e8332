import { expect, it } from 'vitest';
import { parseForm, readFields } from './form-body.ts';

it('reads the fields of a form', () => {
  expect({ ...parseForm('name=anna&secret=a%2Bb+c') }).toEqual({ name: 'anna', secret: 'a+b c' });
});

it.each([
  ['a field twice', 'name=a&name=b'],
  ['a long field', `name=${'x'.repeat(600)}`],
  ['many fields', Array.from({ length: 30 }, (_, at) => `f${at}=1`).join('&')],
])('reads no form with %s', (_, body) => {
  expect(parseForm(body)).toBeUndefined();
});

it.each([[null], [[]], ['text'], [{ name: 1 }], [{ name: { a: 'b' } }]])(
  'reads no fields of %j',
  (body) => {
    expect(readFields(body)).toBeUndefined();
  },
);

it('takes no name for a part of every object', () => {
  const fields = readFields(JSON.parse('{"__proto__":"x"}'));
  expect(fields?.['toString']).toBeUndefined();
});
