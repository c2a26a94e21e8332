import { PdfDocument } from './pdf-document.ts';
import { fingerprintOf, type SealedReport } from './seal.ts';
import { factWords, headOf, outcomeWords, stateWords } from './words.ts';

/** The report for whoever files paper: plain, A4. The JSON file is what is signed. */
export function pdfPage({ report, seal }: SealedReport): Buffer {
  const page = new PdfDocument(`Commissioning report ${report.device.serial}`);
  page.text('Commissioning report', { size: 18, bold: true });
  page.text(outcomeWords[report.outcome], { size: 13, bold: true });
  page.gap(6);
  for (const [name, text] of headOf(report, fingerprintOf(seal.publicKey)))
    page.text(`${name}: ${text}`);
  for (const { title, state, because, checks } of report.steps) {
    page.gap(8);
    page.text(`${title}: ${plain(state)}`, { size: 11, bold: true });
    if (because !== undefined) page.text(`Waived because: ${because}`);
    for (const check of checks) {
      page.text(`${check.title}: ${plain(check.state)}`, {
        indent: 12,
        bold: check.state === 'fail',
      });
      const said = [
        check.code && `${check.code}: ${check.cause}`,
        check.next && `Next: ${check.next}`,
      ];
      for (const line of [...said, factWords(check.facts)])
        if (line) page.text(line, { indent: 24, size: 8 });
    }
  }
  list(
    page,
    'Certificates',
    report.certificates.map(({ of, subject, notAfter }) => `${of}: ${subject}, until ${notAfter}`),
  );
  list(page, 'Not asked for by this site', report.notAsked);
  list(page, 'Not safe yet', report.notSafeYet);
  page.gap(12);
  page.text(`SHA-256 of the report: ${seal.reportSha256}`, { size: 8 });
  page.gap(36);
  page.text(
    `${report.engineer}: ______________________     For the hospital: ______________________`,
  );
  return page.end();
}

function list(page: PdfDocument, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  page.gap(8);
  page.text(title, { size: 11, bold: true });
  for (const line of lines) page.text(line, { indent: 12, size: 8 });
}

/** Without the sign, which the fonts of PDF do not have. */
function plain(state: keyof typeof stateWords): string {
  return stateWords[state].replace(/^\S+ /, '');
}
