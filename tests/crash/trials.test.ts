import { expect, test } from 'vitest';
import { runCrashCampaign } from './campaign.ts';

const seed = 20_262;

test(`a receiver killed under four senders loses, halves and doubles nothing (seed ${seed})`, async () => {
  const { trials, midTransfer, acknowledged, losses } = await runCrashCampaign(seed, 20);
  expect(losses).toEqual({ lost: [], partial: [], duplicated: [], damage: [] });
  expect(trials).toBe(20);
  // Otherwise nothing was put to the test.
  expect(midTransfer).toBeGreaterThan(10);
  expect(acknowledged).toBeGreaterThan(100);
}, 120_000);
