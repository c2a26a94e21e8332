import { expect, test } from 'vitest';
import { readable, renderPage } from '../../../tests/panel-render.ts';
import type { ModelView } from '../../model-view.ts';
import { languages } from '../../settings.ts';

const model: ModelView = {
  name: 'chest-adult',
  version: '1.0.0',
  vendor: 'Scanside',
  hash: 'ab'.repeat(32),
  profile: 'triage-notify',
  cleared: false,
  notice: 'Research model.',
  intendedUse: 'Shows what a device can do.',
  scope: [
    { id: 'modality', value: 'DX, CR' },
    { id: 'age', value: '18–120' },
    { id: 'contrast', value: 'no' },
  ],
  notFor: ['Lateral views.'],
  limits: ['Labels were mined from text.'],
  findings: [
    {
      label: 'suspected lung opacity',
      dataset: '169 images of 110 patients',
      chosenFor: 'highest threshold with a sensitivity of at least 90 %',
      sensitivity: { count: 75, of: 83, low: 0.8212, high: 0.9503 },
      specificity: { count: 64, of: 86, low: 0.6429, high: 0.8246 },
    },
  ],
  leftOut: { count: 0, of: 169 },
  evidence: 'It shows nothing about other hospitals.',
  explanation: '',
  trainingData: 'ChestX-ray14',
  licence: 'Apache-2.0',
};

const text = readable(renderPage({ name: 'models', models: [model] }));

test('it says how many of 100 flags are false, as counted and where the finding is rarer', () => {
  expect(text).toContain(
    'Of 100 images with the finding it flags about 90 (95 % interval 82 to 95; counted: 75 of 83). It misses the others.',
  );
  expect(text).toContain('flags about 26 all the same (95 % interval 18 to 36; counted: 22 of 86)');
  expect(text).toContain(
    'Of 100 flags about 77 were right on these images (counted: 75 of 97), of which 49 of 100 had the finding',
  );
  expect(text).toContain(
    'Where 5 of 100 images have it, about 16 of 100 flags are right (11 to 22) and about 84 are false',
  );
  expect(text).toContain(
    'Of 1000 images without a flag about 7 have the finding then. No flag: this is not a negative finding.',
  );
});

test('it says what the model is not for and what it looks at', () => {
  expect(text).toContain('What it is not for Lateral views.');
  expect(text).toContain('Age 18–120 years Contrast agent only images without');
  expect(text).toContain('0 of 100 images of the intended kind (counted: 0 of 169)');
  expect(text).toContain('Picture of where it reacted none is shown');
});

test('a figure is never rounded to all or none', () => {
  const [finding] = model.findings;
  const nearly = { ...finding!, specificity: { count: 232, of: 233, low: 0.9761, high: 0.9992 } };
  const rounded = readable(
    renderPage({ name: 'models', models: [{ ...model, findings: [nearly] }] }),
  );
  expect(rounded).toContain('flags fewer than 1 all the same');
});

test('without a model it says that nothing is analysed', () => {
  expect(readable(renderPage({ name: 'models', models: [] }))).toContain(
    'No model is in service: no exam is analysed.',
  );
});

test.each(languages)('in %s it promises nothing and has all its words', (language) => {
  const html = renderPage({ name: 'models', models: [model] }, { language });
  expect(html).not.toMatch(/\b(models|frame)\.[a-z]/);
  const words = readable(html).replaceAll(
    /not a negative finding|kein negativer Befund|no es un hallazgo negativo|陰性所見ではありません/gi,
    '',
  );
  expect(words).not.toMatch(
    /normal|negativ|\bclear|healthy|\bsafe|rule[sd]? out|green|陰性|正常|異常なし|gesund|unauffällig|\bsano|[✓✔☑✅]/i,
  );
});
