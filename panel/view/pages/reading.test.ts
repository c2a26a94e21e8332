import { expect, it, test } from 'vitest';
import { readable, renderPage } from '../../../tests/panel-render.ts';
import type { ReadingExam } from '../../quality-view.ts';
import { languages } from '../../settings.ts';

const exam: ReadingExam = {
  id: 'abc',
  accessionNumber: 'A4412',
  patientId: 'P-1001',
  modality: 'DX',
  receivedAt: 1_800_000_000_000,
  findings: [{ id: 'nodule', label: 'suspected nodule', decides: false }],
};

it('tells how to find each exam, and asks without a hint', () => {
  const text = readable(renderPage({ name: 'reading', exams: [exam] }));
  expect(text).toContain('acc A4412 ID P-1001');
  expect(text).toContain('nodule Present Probably present Probably absent Absent');
  expect(text).not.toMatch(/flag|suspected/i);
});

it('says where readers disagree, and not who said what', () => {
  const [finding] = exam.findings;
  const decisive = { ...exam, findings: [{ ...finding!, decides: true }] };
  const text = readable(renderPage({ name: 'reading', exams: [decisive] }));
  expect(text).toContain('Readers disagree. Your answer decides.');
  expect(readable(renderPage({ name: 'reading', exams: [exam] }))).not.toContain('disagree');
});

it('says so where nothing waits', () => {
  expect(readable(renderPage({ name: 'reading', exams: [] }))).toContain('No drawn exam waits');
});

test.each(languages)('in %s it has all its words', (language) => {
  const html = renderPage({ name: 'reading', exams: [exam] }, { language });
  expect(html).not.toMatch(/\b(quality|list|frame)\.[a-z]/);
});
