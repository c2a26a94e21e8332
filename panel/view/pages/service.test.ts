import { expect, it, test } from 'vitest';
import { readable, renderPage } from '../../../tests/panel-render.ts';
import { check, noService, sampleService } from '../../../tests/panel-service.ts';
import { languages } from '../../settings.ts';

const now = 1_800_000_000_000;
const render = (service = sampleService(now)) => renderPage({ name: 'service', service });

it('says first that a device without a report was not commissioned', () => {
  expect(readable(render(noService))).toContain('no report of commissioning');
});

it('names of each failure its code, what it probably is and what to do next', () => {
  const text = readable(render());
  expect(text).toContain('PACS and RIS failed AE_NOT_RECOGNIZED MAIN PACS refuses');
  expect(text).toContain('Next: Ask the PACS administrator');
  expect(text).toContain('Scanner rehearsal to do');
});

it('lets failed steps alone be set aside, and none once there is a report', () => {
  const waivable = (html: string) =>
    [...html.matchAll(/\/service\/steps\/(\w+)\/waive/g)].map(([, step]) => step);
  expect(waivable(render())).toEqual(['peers']);
  const { steps } = sampleService(now).commissioning;
  const report = { at: now, by: 'service-1', sha256: 'ab'.repeat(32) };
  const done = render(sampleService(now, { commissioning: { steps, report } }));
  expect(waivable(done)).toEqual([]);
  expect(readable(done)).toContain('by service-1. Signed by this device.');
});

it('begins nothing while something runs', () => {
  const html = render(sampleService(now, { running: 'checks' }));
  expect(readable(html)).toContain('The checks are under way');
  expect(html.match(/<button type="submit" disabled/g)).toHaveLength(2);
});

it('shows texts of peers as texts', () => {
  const steps = [check({ name: 'x', state: 'fail', cause: '<b>evil' })];
  const html = render(sampleService(now, { commissioning: { steps, report: undefined } }));
  expect(html).toContain('<bdi>&lt;b>evil</bdi>');
});

test.each(languages)('in %s it has all its words', (language) => {
  const html = renderPage({ name: 'service', service: sampleService(now) }, { language });
  expect(readable(html)).not.toMatch(/\b(service|frame)\.[a-z]/);
});
