import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeCommandSet, storeRequest } from '../../runtime/dicom/dimse.ts';
import { type Part10, readPart10 } from '../../runtime/dicom/part10.ts';
import { describeWithShared } from '../outside.ts';
import { Random } from '../random-pdu.ts';
import { associateRequest, ctImageStorage } from '../raw-peer.ts';
import { maxPduLength, ReceiverFixture } from '../receiver-fixture.ts';
import { ctDataSet } from './element-bytes.ts';
import { cutIntoValues, imageContexts, packValues } from './session.ts';

const uid = '1.2.3';
let fixture: ReceiverFixture;

beforeEach(async () => {
  fixture = new ReceiverFixture();
  await fixture.start();
});

afterEach(async () => {
  fixture.dropPeers();
  await fixture.close(0);
});

/** Sends the data set once for each cut, on contexts whose IDs do not ascend, and compares what arrives. */
async function expectWhole({ transferSyntaxUid, dataSet }: Part10, seed: number, cuts: number) {
  const random = new Random(seed);
  const contexts = [255, 9, 131, 3].map((id) => ({
    id,
    abstractSyntax: ctImageStorage,
    transferSyntaxes: [transferSyntaxUid],
  }));
  const peer = await fixture.associated(associateRequest({ contexts }));
  for (let cut = 0; cut < cuts; cut += 1) {
    const contextId = random.pick(contexts).id;
    const command = encodeCommandSet(storeRequest(cut, ctImageStorage, uid));
    const values = [
      ...cutIntoValues(command, { contextId, isCommand: true }, random),
      ...cutIntoValues(Buffer.from(dataSet), { contextId, isCommand: false }, random),
    ];
    peer.send(...packValues(values, maxPduLength, random));
    expect(await peer.nextCommand(), `seed ${seed}, cut ${cut}`).toMatchObject({ status: 0 });
    const stored = fixture.told.stored.pop();
    expect(stored?.equals(dataSet), `seed ${seed}, cut ${cut}`).toBe(true);
  }
}

describe('an instance cut at random', () => {
  it.each([...imageContexts.values()])('arrives byte for byte in %s', async (transferSyntaxUid) => {
    const dataSet = ctDataSet(transferSyntaxUid, uid, new Random(5));
    await expectWhole({ transferSyntaxUid, dataSet }, 21, 60);
  });
});

/** The smallest sample of each transfer syntax. */
function samplesOf(shared: string): Part10[] {
  const folder = join(shared, 'samples', 'dicom', 'ts');
  const samples = readdirSync(folder)
    .filter((name) => name.endsWith('.dcm'))
    .map((name) => readPart10(readFileSync(join(folder, name))))
    .sort((a, b) => b.dataSet.length - a.dataSet.length);
  return [...new Map(samples.map((each) => [each.transferSyntaxUid, each])).values()];
}

describeWithShared('samples of other makers cut at random', (shared) => {
  it.each(samplesOf(shared).map((sample) => [sample.transferSyntaxUid, sample] as const))(
    'arrive byte for byte in %s',
    async (_uid, sample) => {
      await expectWhole(sample, 22, 6);
    },
  );
});
