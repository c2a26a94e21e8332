import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import { encodeMessage, longestMessage, messages, readMessage } from './contract.ts';

const head = { schema: 1, stream: '0123456789abcdef', seq: 7, at: 1_800_000_000_000 } as const;
const report = { ...head, assignment: 3, group: 'chest', state: 'downloading', progress: 0.5 };

it('reads what it writes', () => {
  expect(readMessage('ota-report', encodeMessage('ota-report', report))).toEqual(report);
});

it('lets nothing out that the schema does not name', () => {
  const more = { ...report, patient: 'DOE^JOHN' };
  expect(() => encodeMessage('ota-report', more)).toThrow(ScansideError);
  expect(() => encodeMessage('ota-report', { ...report, state: 'a sentence' })).toThrow(/state/);
});

it.each([
  ['no JSON', Buffer.from('{')],
  ['another version', Buffer.from(JSON.stringify({ ...report, schema: 2 }))],
  ['a message without its number', Buffer.from(JSON.stringify({ ...report, seq: undefined }))],
  ['too much', Buffer.alloc(longestMessage + 1, 0x20)],
])('refuses %s', (_, bytes) => {
  expect(() => readMessage('ota-report', bytes)).toThrow(/MQTT_MESSAGE_MALFORMED/);
});

it('has a JSON Schema for every message, by which another program judges alike', () => {
  const ajv = new Ajv2020({ formats: { byte: true, base64: true } });
  for (const { schema } of Object.values(messages)) ajv.compile(z.toJSONSchema(schema));
  const judge = ajv.compile(z.toJSONSchema(messages['ota-report'].schema));
  expect(judge(report)).toBe(true);
  expect(judge({ ...report, patient: 'DOE^JOHN' })).toBe(false);
});
