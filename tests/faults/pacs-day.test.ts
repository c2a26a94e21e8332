import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { wants } from '../../runtime/outbox/destination-rule.ts';
import { bytesOf, Day, destinations } from './pacs-day.ts';

const seeds = [1, 2, 3];

const expected: Record<string, string[]> = {
  archive: [
    'ASSOCIATION_ABORTED',
    'ASSOCIATION_REJECTED',
    'COMMITMENT_DENIED',
    'COMMITMENT_REFUSED',
    'COMMITMENT_UNANSWERED',
    'OBJECT_NOT_TAKEN',
    'PEER_BUSY',
    'PEER_TIMEOUT',
    'PEER_UNREACHABLE',
    'STORE_REFUSED',
  ],
};

describe.each(seeds)('a day with three PACS that do everything wrong (seed %i)', (seed) => {
  it(
    'ends with every object at every destination that is to have it, once and proved',
    { timeout: 300_000 },
    async () => {
      const day = new Day(seed);
      await day.run();
      for (const [at, rule] of destinations.entries()) {
        const peer = day.peers[at]!;
        const wanted = day.arrivals
          .map(({ object }) => object)
          .filter((object) => wants(rule, object));
        const states = wanted.map(({ sopInstanceUid }) =>
          day.ledger.find(sopInstanceUid, rule.name),
        );
        const end = rule.commitment ? 'committed' : 'stored';
        expect(states.filter((delivery) => delivery?.state !== end)).toEqual([]);
        const held = states.map((delivery) => delivery!.sent.sopInstanceUid);
        expect([...peer.held.keys()].toSorted()).toEqual(held.toSorted());
        for (const delivery of states)
          expect(peer.held.get(delivery!.sent.sopInstanceUid)).toEqual(
            bytesOf(delivery!.sopInstanceUid, delivery!.sent),
          );
        expect(peer.contradicted).toEqual([]);
        process.stdout.write(
          `${rule.name}: ${wanted.length} objects, ${peer.received} storings, ${peer.links} links, ${peer.requests} requests; told ${[...(day.told.get(rule.name) ?? [])].toSorted().join(' ')}\n`,
        );
      }
      expect(day.overtaken).toBeLessThanOrEqual(1);
      for (const [name, codes] of Object.entries(expected))
        expect([...day.told.get(name)!]).toEqual(expect.arrayContaining(codes));
    },
  );
});
