import { conditions } from '../device/conditions.ts';
import { errorCatalogue } from '../device/errors.ts';
import { describeConfiguration } from '../runtime/config.ts';
import { describeAuditEvents } from './audit-page.ts';
import { describeConformance } from './conformance.ts';
import { describeHl7 } from './hl7-page.ts';
import { describeMqtt } from './mqtt-page.ts';

const kinds: Record<string, string> = {
  caller: 'wrong input or configuration: refused, and nothing was changed',
  world: 'network, disk or another system: tried again by itself',
  internal: 'a mistake in Scanside: the program stops and starts again',
};

/** The pages that are made from the code, by their path in the repository. */
export const documents: Record<string, string> = {
  'docs/errors.md': describeErrors(),
  'docs/conditions.md': describeConditions(),
  'docs/configuration.md': describeConfiguration(),
  'docs/dicom-conformance.md': describeConformance(),
  'docs/hl7.md': describeHl7(),
  'docs/audit-events.md': describeAuditEvents(),
  'docs/mqtt.md': describeMqtt(),
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

function describeConditions(): string {
  return [
    '# Conditions of the device',
    '',
    'Everything that the device says is wrong with itself: on the panel, and to who watches over it. Made from',
    '`device/conditions.ts` by `npm run docs`.',
    '',
    'Priorities and their colours are those of IEC 60601-1-8 and are used for the device only, never for what AI says of',
    'a patient. **high** (red, blinking at 2 Hz): results may be wrong or images may be lost. **medium** (yellow, blinking',
    'at 0.5 Hz): something does not work that people count on. **low** (cyan, steady): to be known. Who asks for reduced',
    'motion sees no blinking; shape and word say the same. A word in braces stands for a value; none names a patient.',
    '',
    '| Condition | Priority | What is so | What to do |',
    '|---|---|---|---|',
    ...Object.entries(conditions).map(([id, { priority, text, remedy }]) =>
      row([`\`${id}\``, priority, text, remedy]),
    ),
    '',
  ].join('\n');
}

function row(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
