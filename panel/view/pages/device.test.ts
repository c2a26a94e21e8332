import { expect, test } from 'vitest';
import { raise } from '../../../device/conditions.ts';
import { noQuality } from '../../../tests/panel-quality.ts';
import { readable, renderPage } from '../../../tests/panel-render.ts';
import type { DeviceDetail } from '../../device-detail.ts';
import { languages } from '../../settings.ts';
import { createSay } from '../say.ts';
import { catalogueOf } from '../words/catalogue.ts';
import { formatFact } from './device.ts';

const say = createSay(catalogueOf('en'), 'en', 'UTC');
const fact = (
  id: string,
  value: string | number | undefined,
  unit: 'text' | 'celsius' | 'word',
) => ({
  id,
  value,
  unit,
  standing: value === undefined ? ('unknown' as const) : ('plain' as const),
});

const detail: DeviceDetail = {
  groups: [
    {
      id: 'heat',
      facts: [
        fact('throttling', undefined, 'word'),
        { ...fact('hot-surface', 'yes', 'word'), standing: 'attention' },
      ],
      rows: [
        { of: 'gpu-thermal', facts: [fact('now', 61.5, 'celsius')] },
        { of: '<script>', facts: [fact('now', undefined, 'celsius')] },
      ],
    },
  ],
};

const page = (conditions: ReturnType<typeof raise>[] = []) =>
  renderPage({ name: 'device', detail }, { device: { conditions } });

test('every figure has its name, its unit and, where it is not known, that word', () => {
  const text = readable(page());
  expect(text).toContain('Slowed down for heat not known');
  expect(text).toContain('Housing hot to the touch ! needs attention: yes');
  expect(text).toMatch(/Sensor Now gpu-thermal 61\.5 °C &lt;script> not known/);
});

test('a condition stands with its priority, its text and what to do', () => {
  const text = readable(page([raise('disk-low', { percent: 7 })]));
  expect(text).toMatch(
    /!! MEDIUM The disk is almost full: 7 % free\. Check that results reach the PACS/,
  );
});

test('above the page what does not press is only counted, and what a banner says is not said twice', () => {
  const conditions = [
    raise('no-pacs'),
    raise('ai-slower-heat'),
    raise('update-lock'),
    raise('demonstration-model'),
  ];
  const [banner = ''] =
    /<div class="condition-banner">.*?<\/div>/s.exec(
      renderPage({ name: 'quality', quality: noQuality }, { device: { conditions } }),
    ) ?? [];
  expect(readable(banner)).toBe(
    '!! MEDIUM No PACS is configured: results stay on this device. ! LOW 2 further notices about the device',
  );
});

test('without any condition the page claims nothing more than that', () => {
  expect(readable(page())).toContain('Nothing is reported at the moment.');
});

test('names from outside cannot hide', () => {
  const html = page([raise('pacs-failing', { destination: 'a\u0000b' })]);
  expect(html).toContain('No connection to a\u{FFFD}b');
});

test.each([
  [0, 'bytes', '0 B'],
  [999, 'bytes', '999 B'],
  [1_500_000, 'bytes', '2 MB'],
  [42.4e9, 'bytes', '42.4 GB'],
  [61.25, 'celsius', '61.3 °C'],
  [9, 'percent', '9 %'],
  [1, 'days', '1 day'],
  [-2, 'days', '-2 days'],
  [400, 'milliseconds', '0 s'],
  [9000, 'milliseconds', '9 s'],
  [90_000, 'milliseconds', '1 min 30 s'],
  [-3_600_000, 'milliseconds', '−1 h'],
  [200_000_000, 'milliseconds', '2 d 7 h'],
  [-210, 'minutes-of-zone', 'UTC−03:30'],
  [120, 'minutes-of-zone', 'UTC+02:00'],
  ['half-open', 'word', 'one attempt is being made'],
] as const)('%s as %s is written %j', (value, unit, text) => {
  expect(formatFact(value, unit, say)).toBe(text);
});

test.each(languages)('in %s it has all its words', (language) => {
  const html = renderPage({ name: 'device', detail }, { language });
  expect(html).not.toMatch(/\b(device|conditions|frame)\.[a-z]/);
});
