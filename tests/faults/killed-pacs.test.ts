import { expect, it, onTestFinished } from 'vitest';
import { journey } from '../appliance.ts';
import { DeliveryLine, makeReports } from '../delivery-line.ts';
import { freePort } from '../outside.ts';
import { until } from '../peers/process.ts';
import { SmallPacs } from './small-pacs.ts';

async function startLine(count: number): Promise<DeliveryLine> {
  const line = await DeliveryLine.start({ objects: makeReports(count), commitment: true });
  onTestFinished(() => line.close());
  return line;
}

function makePacs(): SmallPacs {
  const pacs = new SmallPacs();
  onTestFinished(() => pacs.kill());
  return pacs;
}

it(
  'a report on the association of its request counts, and what was forgotten is sent again',
  journey,
  async () => {
    const [line, pacs, port] = [await startLine(9), makePacs(), await freePort()];
    await pacs.start(port);
    await line.begin({ port, aeTitle: SmallPacs.aeTitle });
    line.addAll();
    expect(await line.untilFinished()).toBe(true);
    expect([...pacs.received.values()].filter((times) => times === 2)).toHaveLength(3);
    expect(pacs.held.size).toBe(9);
  },
);

it(
  'a PACS that is killed in the middle of an instance, again and again, has each one at last',
  journey,
  async () => {
    const objects = makeReports(60);
    const [line, pacs, port] = [await startLine(60), makePacs(), await freePort()];
    await line.begin({ port, aeTitle: SmallPacs.aeTitle });
    line.addAll();
    for (const instances of [0, 1, 10, 25]) {
      pacs.instancesToLive = instances;
      await pacs.start(port);
      expect(await until(() => !pacs.isUp, 60_000)).toBe(true);
    }
    pacs.instancesToLive = Infinity;
    await pacs.start(port);
    expect(await line.untilFinished(120_000)).toBe(true);
    expect(pacs.held.size).toBe(objects.length);
    const differs = objects.filter(
      ({ sopInstanceUid, dataSet }) => !pacs.held.get(sopInstanceUid)?.equals(dataSet),
    );
    expect(differs).toEqual([]);
    expect(pacs.associations).toBeGreaterThanOrEqual(5);
  },
);
