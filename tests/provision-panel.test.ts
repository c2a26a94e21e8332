import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from './outside.ts';
import { fillAccounts, openAccounts, visit, type Visitor } from './panel-visitor.ts';
import { startProgram } from './peers/process.ts';
import { program, ProvisionSite } from './provision-site.ts';

const patient = { timeout: 120_000, interval: 200 };

/** A site whose PACS is not there, and whose device is commissioned from its own panel. */
async function openSite(): Promise<Visitor> {
  const [port, dead] = [await freePort(), await freePort()];
  const to = { name: 'main', host: '127.0.0.1', port: dead, aeTitle: 'PACS' };
  const configuration = { receiver: { port }, destinations: [to] };
  const site = new ProvisionSite(() => configuration, { rehearsal: { phantom: false } });
  await fillAccounts(openAccounts(site.dataFolder));
  const open = /Open (http:\S+)service/;
  const args = [program, 'provision', '--answers', site.answersFile, '--panel'];
  const running = await startProgram(process.execPath, args, (said) => open.test(said));
  onTestFinished(() => running.stop());
  const [, url = ''] = open.exec(running.output()) ?? [];
  return visit({ url }, 'field-engineer');
}

/** What stands on the page; the words that it has for everything else come behind it as data. */
const textOf = async (visitor: Visitor) =>
  (await (await visitor.fetch('/service')).text()).split('<script type="application/json"')[0]!;

async function post(visitor: Visitor, path: string, fields: Record<string, string>): Promise<void> {
  const answer = await visitor.fetch(path, { method: 'POST', body: new URLSearchParams(fields) });
  expect(answer.status).toBe(303);
}

/** Goes on with the commissioning, and waits until the page says that it has ended. */
async function commission(visitor: Visitor): Promise<string> {
  await post(visitor, '/service/run', { what: 'commissioning' });
  await expect.poll(() => textOf(visitor), patient).not.toContain('Commissioning is under way');
  return textOf(visitor);
}

it('is commissioned from the service page: what failed is named, set aside, and in the signed report', async () => {
  const visitor = await openSite();
  expect(await textOf(visitor)).toContain('no report of commissioning');
  const failed = await commission(visitor);
  expect(failed).toContain('PEER_PORT_CLOSED');
  expect(failed).toContain('Not commissioned: a step has not passed');
  await post(visitor, '/service/steps/peers/waive', { because: 'PACS comes in May' });
  expect(await commission(visitor)).toContain('Commissioned, with steps set aside');
  const sealed = await (await visitor.fetch('/service/report.json')).json();
  expect(sealed).toMatchObject({ report: { outcome: 'waived' } });
  const { steps } = (sealed as { report: { steps: { name: string; because?: string }[] } }).report;
  expect(steps.find(({ name }) => name === 'peers')?.because).toBe(
    'PACS comes in May (field-engineer)',
  );
  const pdf = Buffer.from(await (await visitor.fetch('/service/report.pdf')).arrayBuffer());
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
}, 240_000);
