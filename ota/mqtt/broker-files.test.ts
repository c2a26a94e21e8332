import { expect, it } from 'vitest';
import { ScansideError } from '../../device/errors.ts';
import { brokerChunks, brokerMetadata } from './broker-files.ts';
import type { FileClient } from './file-client.ts';

type Answer = Awaited<ReturnType<FileClient['read']>>;

/** Answers one question after the other; notes what was asked. */
function client(...answers: (Answer | ScansideError)[]) {
  const asked: [string, number][] = [];
  const read = (file: string, offset: number): Promise<Answer> => {
    asked.push([file, offset]);
    const answer = answers.shift()!;
    return answer instanceof ScansideError ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { asked, files: { read } as unknown as FileClient };
}

const lost = new ScansideError('MQTT_UNREACHABLE', 'no answer');

it('puts a file of metadata together until nothing more comes, also of parts that are short', async () => {
  const { asked, files } = client(Buffer.from('{"a'), Buffer.from('":1}'), 'beyond-end');
  expect(String(await brokerMetadata(files).fetch('1.root.json', 100))).toBe('{"a":1}');
  expect(asked).toEqual([
    ['metadata/1.root.json', 0],
    ['metadata/1.root.json', 3],
    ['metadata/1.root.json', 7],
  ]);
});

it('takes a file that is not there for none, and nothing else', async () => {
  const fetch = (answer: Answer | ScansideError) =>
    brokerMetadata(client(answer).files).fetch('2.root.json', 100);
  expect(await fetch('unknown-file')).toBeUndefined();
  for (const answer of ['unavailable', 'malformed', lost] as const)
    await expect(fetch(answer)).rejects.toMatchObject({ code: 'UPDATE_UNREACHABLE' });
});

it('stops at the limit of a file, whatever still comes', async () => {
  const { asked, files } = client(Buffer.alloc(60), Buffer.alloc(60), Buffer.alloc(60));
  await expect(brokerMetadata(files).fetch('timestamp.json', 100)).rejects.toMatchObject({
    code: 'UPDATE_TOO_LONG',
  });
  expect(asked).toHaveLength(2);
});

it('hands on parts of targets, and waits for those that are not there', async () => {
  const { files } = client(Buffer.from('part'), 'unknown-file', lost);
  const chunks = brokerChunks(files);
  expect(String(await chunks.read('models/a', 5, 9))).toBe('part');
  for (let count = 0; count < 2; count++)
    await expect(chunks.read('models/a', 5, 9)).rejects.toMatchObject({
      code: 'UPDATE_UNREACHABLE',
    });
});
