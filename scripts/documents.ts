import { errorCatalogue } from '../device/errors.ts';
import { describeConfiguration } from '../runtime/config.ts';
import { describeAuditEvents } from './audit-page.ts';
import { describeConformance } from './conformance.ts';
import { describeHl7 } from './hl7-page.ts';

const kinds: Record<string, string> = {
  caller: 'wrong input or configuration: refused, and nothing was changed',
  world: 'network, disk or another system: tried again by itself',
  internal: 'a mistake in Scanside: the program stops and starts again',
};

/** The pages that are made from the code, by their path in the repository. */
export const documents: Record<string, string> = {
  'docs/errors.md': describeErrors(),
  'docs/configuration.md': describeConfiguration(),
  'docs/dicom-conformance.md': describeConformance(),
  'docs/hl7.md': describeHl7(),
  'docs/audit-events.md': describeAuditEvents(),
};

function describeErrors(): string {
  const codes = Object.entries(errorCatalogue);
  return [
    '# Errors',
    '',
    'Every error of Scanside has one of these codes; logs, panel and command line show it with what happened.',
    'Made from `device/errors.ts` by `npm run docs`.',
    '',
    ...Object.entries(kinds).map(([kind, meaning]) => `- **${kind}**: ${meaning}`),
    '',
    '| Code | Kind | What has happened | What to do |',
    '|---|---|---|---|',
    ...codes.map(([code, entry]) => row([`\`${code}\``, entry.kind, entry.means, entry.remedy])),
    '',
  ].join('\n');
}

function row(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
