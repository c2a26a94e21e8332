import { expect, it } from 'vitest';
import type { Incoming } from './broker-link.ts';
import { judgeCommand } from './incoming-command.ts';

const now = 1_800_000_000_000;
const replyTopic = 'v1/ct-7/up/reply';
const command = { schema: 1, command: 'ping', issued: now - 1000, expires: now + 1000 };
const good: Incoming = {
  topic: 'v1/ct-7/down/cmd',
  payload: Buffer.from(JSON.stringify(command)),
  retained: false,
  schema: 'command',
  correlation: Buffer.from('c1'),
  responseTopic: replyTopic,
  again: false,
};

const judge = (change: Partial<Incoming>, at = now) =>
  judgeCommand({ ...good, ...change }, { now: at, replyTopic });

it('has a good command run', () => {
  expect(judge({})).toEqual({ kind: 'run', command, correlation: Buffer.from('c1') });
});

it('does not run what has expired, or what asks for an answer elsewhere', () => {
  expect(judge({}, now + 1000).kind).toBe('expired');
  expect(judge({ responseTopic: 'v1/ct-8/up/reply' }).kind).toBe('refused');
  expect(judge({ responseTopic: undefined }).kind).toBe('refused');
});

it.each<[string, Partial<Incoming>, string]>([
  ['a retained one', { retained: true }, 'MQTT_COMMAND_REFUSED'],
  ['one that cannot be answered', { correlation: undefined }, 'MQTT_COMMAND_REFUSED'],
  ['too long a correlation', { correlation: Buffer.alloc(65) }, 'MQTT_COMMAND_REFUSED'],
  ['what is none', { payload: Buffer.from('reboot') }, 'MQTT_MESSAGE_MALFORMED'],
  [
    'an unknown one',
    { payload: Buffer.from(JSON.stringify({ ...command, command: 'erase' })) },
    'MQTT_MESSAGE_MALFORMED',
  ],
])('ignores %s', (_, change, code) => {
  expect(judge(change)).toMatchObject({ kind: 'ignored', error: { code } });
});
