import { expect, it, test } from 'vitest';
import { readable, renderPage } from '../../../tests/panel-render.ts';
import { noService, sampleService, step } from '../../../tests/panel-service.ts';
import { languages } from '../../settings.ts';

const now = 1_800_000_000_000;
const render = (service = sampleService(now)) => renderPage({ name: 'service', service });

it('says first that a device without a report was not commissioned', () => {
  expect(readable(render(noService))).toMatch(/^.{0,200}no report of commissioning/);
});

it('says first that a device whose report has a step that failed was not commissioned', () => {
  expect(readable(render())).toContain('Not commissioned: a step has not passed');
});

it('names of each failure its code, what it probably is and what to do next', () => {
  const text = readable(render());
  expect(text).toContain('failed PEER_CALLING_TITLE_UNKNOWN the peer does not know this device');
  expect(text).toContain('Next: Have its administrator enter');
  expect(text).toContain('The scanner itself to do');
  expect(text).toContain('Why: set by the hospital');
});

it('lets failed steps alone be set aside, and only while the device is being commissioned', () => {
  const waivable = (html: string) =>
    [...html.matchAll(/\/service\/steps\/(\w+)\/waive/g)].map(([, name]) => name);
  expect(waivable(render())).toEqual(['peers']);
  const inService = render(sampleService(now, { mayRun: ['checks'] }));
  expect(waivable(inService)).toEqual([]);
  expect(readable(inService)).toContain('This device is in service.');
  expect(inService).not.toContain('value="commissioning"');
});

it('begins nothing while something runs', () => {
  const html = render(sampleService(now, { running: 'checks' }));
  expect(readable(html)).toContain('The checks are under way');
  expect(html.match(/<button type="submit" disabled/g)).toHaveLength(2);
});

it('shows texts of peers as texts', () => {
  const steps = [step({ name: 'x', state: 'fail' }, { cause: '<b>evil' })];
  expect(render(sampleService(now, { steps }))).toContain('<bdi>&lt;b>evil</bdi>');
});

test.each(languages)('in %s it has all its words', (language) => {
  const html = renderPage({ name: 'service', service: sampleService(now) }, { language });
  expect(readable(html)).not.toMatch(/\b(service|frame)\.[a-z]/);
});
