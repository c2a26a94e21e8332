import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePdu } from '../../runtime/dicom/pdu.ts';
import { Random } from '../random-pdu.ts';
import { associateRequest, data } from '../raw-peer.ts';
import { readStream, runCodecCampaign } from './codec-campaign.ts';
import { mutateBytes } from './mutation.ts';
import { type ReceiverChild, startReceiverChild } from './receiver-child.ts';
import { hostileSession } from './session.ts';
import { runSocketCampaign } from './socket-campaign.ts';

describe('the codec', () => {
  it.each([1, 1_000_001])(
    'ends 1500 hostile streams from seed %i, each as it may',
    async (seed) => {
      const report = await runCodecCampaign(seed, 1500);
      expect(report.findings).toEqual([]);
      expect(report.headers).toBeGreaterThan(300);
      const ways = ['read to the end', 'PDU_MALFORMED', 'DIMSE_MALFORMED'];
      for (const way of ways) expect(report.outcomes[way], way).toBeGreaterThan(100);
    },
  );

  it('keeps nothing for values without bytes', () => {
    const empty = { contextId: 1, isCommand: true, isLast: false, data: Buffer.alloc(0) };
    const pdu = data(...Array.from({ length: 2000 }, () => empty));
    const pieces = [encodePdu(associateRequest()), ...Array.from({ length: 500 }, () => pdu)];
    const before = process.memoryUsage().heapUsed;
    expect(readStream(pieces)).toBe('read to the end');
    // A Buffer for each of the million would be above 100 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(48 * 1024 * 1024);
  });
});

describe('the generator', () => {
  it('gives the same stream for the same seed, and another for the next', () => {
    const stream = (seed: number) => Buffer.concat(hostileSession(new Random(seed)));
    expect(stream(7)).toEqual(stream(7));
    expect(stream(7)).not.toEqual(stream(8));
  });

  it('leaves what it is given as it is', () => {
    const bytes = Buffer.alloc(100);
    const random = new Random(1);
    for (let round = 0; round < 200; round += 1) mutateBytes(bytes, random);
    expect(bytes).toEqual(Buffer.alloc(100));
  });
});

describe('the receiver process', () => {
  let receiver: ReceiverChild;

  beforeAll(async () => {
    receiver = await startReceiverChild();
  });
  afterAll(() => receiver.stop());

  it('serves others during and after 300 hostile streams', async () => {
    const report = await runSocketCampaign(receiver, 77, 300);
    expect(report.findings).toEqual([]);
    expect(report.probes).toBeGreaterThan(0);
    await receiver.echo();
  });
});
