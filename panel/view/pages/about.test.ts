import { expect, test } from 'vitest';
import { readable, renderPage } from '../../../tests/panel-render.ts';
import { languages } from '../../settings.ts';

const about = {
  name: 'about' as const,
  version: '0.1.0',
  licence: 'Apache-2.0',
  packages: [
    { name: 'fastify', version: '5.12.8', licence: 'MIT' },
    { name: 'zod', version: '4.6.7', licence: 'MIT' },
  ],
};

test('the about page names product, device, purpose and each package with its licence', () => {
  const text = readable(renderPage(about));
  expect(text).toContain(
    'Product Scanside 0.1.0 Name BAY 3 X-RAY Serial SC-0001 Licence Apache-2.0',
  );
  expect(text).toContain('It makes no diagnosis and replaces no reader.');
  expect(text).toContain('2 packages with their licences, as shipped.');
  expect(text).toContain('fastify 5.12.8 MIT zod 4.6.7 MIT');
});

test.each(languages)('in %s it has all its words', (language) => {
  const html = renderPage(about, { language });
  expect(html).not.toMatch(/\b(about|frame)\.[a-z]/);
});
