import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../panel/role.ts';
import type { SamplePanel } from './panel-samples.ts';
import { startSamplePanel } from './panel-samples.ts';
import { visit } from './panel-visitor.ts';

describe('the service page over HTTP', () => {
  let samples: SamplePanel;

  beforeEach(async () => {
    samples = await startSamplePanel();
  });

  afterEach(() => samples.close());

  const asked = () => samples.source.service.asked;

  async function post(path: string, fields: Record<string, string>, role: Role): Promise<Response> {
    const visitor = await visit(samples.panel, role);
    const body = new URLSearchParams({ csrf: visitor.csrf, ...fields });
    return visitor.fetch(path, { method: 'POST', redirect: 'manual', body });
  }

  it('begins what was asked for, by whom, and leads back', async () => {
    const answer = await post('/service/run', { what: 'commissioning' }, 'field-engineer');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/service']);
    expect(asked()).toEqual([expect.stringMatching(/^run commissioning \S+$/)]);
    const page = await (await visit(samples.panel, 'field-engineer')).fetch('/service');
    expect(await page.text()).toContain('http-equiv="refresh" content="2"');
  });

  it('sets a failed step aside for a reason, and never without one', async () => {
    await post('/service/steps/peers/waive', { because: ' PACS comes in May ' }, 'field-engineer');
    await post('/service/steps/peers/waive', { because: '  ' }, 'field-engineer');
    expect(asked()).toEqual([expect.stringMatching(/^waive peers PACS comes in May \S+$/)]);
    const unknown = await post('/service/steps/none/waive', { because: 'why' }, 'field-engineer');
    expect(unknown.status).toBe(404);
  });

  it.each(['technologist', 'radiologist'] as const)('lets no %s do any of it', async (role) => {
    expect((await post('/service/run', { what: 'checks' }, role)).status).toBe(403);
    const { cookie } = await visit(samples.panel, role);
    for (const path of ['/service', '/service/report.json'])
      expect((await fetch(new URL(path, samples.panel.url), { headers: { cookie } })).status).toBe(
        403,
      );
    expect(asked()).toEqual([]);
  });

  it('gives the report as a file, and nothing while there is none', async () => {
    const visitor = await visit(samples.panel, 'administrator');
    const ask = (form: string) => visitor.fetch(`/service/report.${form}`);
    expect((await ask('json')).status).toBe(404);
    samples.source.service.reports.set('json', Buffer.from('{"report":1}'));
    const answer = await ask('json');
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    expect(await answer.text()).toBe('{"report":1}');
  });
});
