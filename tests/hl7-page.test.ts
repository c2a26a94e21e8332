import { describe, expect, it } from 'vitest';
import { reportCases } from '../demo/report-case.ts';
import { hl7Destination } from '../runtime/hl7-config.ts';
import { describeHl7, example, exampleMessages, fields } from '../scripts/hl7-page.ts';

/** The fields of a message that are not empty, as `PID-3`. */
function fieldsIn(message: string): string[] {
  return message.split('\r').flatMap((segment) => {
    const [name, ...values] = segment.split('|');
    const all = name === 'MSH' ? ['|', ...values] : values;
    return all.flatMap((value, at) => (value === '' ? [] : [`${name}-${at + 1}`]));
  });
}

describe('the page on HL7', () => {
  const messages = exampleMessages();

  it('describes the fields that are written, and no others', () => {
    const written = new Set(Object.values(messages).flatMap(fieldsIn));
    expect(Object.keys(fields).toSorted()).toEqual([...written].toSorted());
  });

  it('has a message of every case', () => {
    expect(Object.keys(messages)).toEqual(Object.keys(reportCases));
    const page = describeHl7();
    for (const message of Object.values(messages))
      expect(page).toContain(message.trimEnd().replaceAll('\r', '\n'));
  });

  it('shows a configuration that is right', () => {
    expect(hl7Destination.parse(example)).toMatchObject({
      ...example,
      processingId: 'P',
      answerSeconds: 30,
    });
  });
});

describe('the configuration of an HL7 destination', () => {
  it.each([
    ['sendingApplication', 'A|B'],
    ['sendingApplication', 'A\rB'],
    ['receivingFacility', 'A^1.2.3'],
    ['receivingFacility', 'x'.repeat(21)],
    ['processingId', 'X'],
    ['port', 0],
    ['answerSeconds', 0],
  ])('does not take %s = %j', (key, value) => {
    const { error } = hl7Destination.safeParse({ ...example, [key]: value });
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([key]);
  });
});
