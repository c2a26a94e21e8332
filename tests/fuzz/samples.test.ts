import { expect, it } from 'vitest';
import { describeWithShared } from '../outside.ts';
import { startReceiverChild } from './receiver-child.ts';
import { formatSampleTable, runSampleCampaign } from './sample-campaign.ts';

describeWithShared('damaged samples of other makers', (shared) => {
  it('are each answered in one association, and the receiver keeps its size', async () => {
    const receiver = await startReceiverChild();
    const report = await runSampleCampaign(receiver, shared);
    expect(receiver.ended()).toBeUndefined();
    await receiver.stop();
    expect(report.sent).toBeGreaterThanOrEqual(397);
    expect(report.findings, formatSampleTable(report)).toEqual([]);
    expect(report.growthKib).toBeLessThan(32 * 1024);
  });
});
