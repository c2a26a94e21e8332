import { conditionText } from '../device/conditions.ts';
import { visible } from './identity.ts';
import type { Markup, MarkupElement } from './markup.ts';
import { age } from './row.ts';
import type { DeviceView } from './source.ts';
import { counted, demoNotice } from './words.ts';

/** Below this a warning is shown; the disk's share of free space, of 100. */
const lowDisk = 10;

/** The permanent banner of a demonstration model and the device's own conditions, above the list. */
export function notices(device: DeviceView): MarkupElement {
  const demo: Markup[] = device.demo ? [['p', { class: 'demo-banner' }, demoNotice]] : [];
  const warnings = warningsOf(device).map(warningLine);
  return ['section', { id: 'notices', 'aria-label': 'Notices' }, ...demo, ...warnings];
}

function warningLine(text: string): Markup {
  const shape = ['span', { class: 'warning-shape', 'aria-hidden': 'true' }, '!'] as const;
  return ['p', { class: 'warning' }, shape, `DEVICE: ${visible(text)}`];
}

function warningsOf(device: DeviceView): string[] {
  const own: [boolean, string][] = [
    [device.pacs === 'failing', 'Results do not reach the PACS. They are kept and sent again.'],
    [device.pacs === 'none', 'No PACS is configured. Results stay on this device.'],
    [device.engine === 'failing', 'AI has failed and is started again. Exams wait.'],
    [device.engine === 'held', 'AI is stopped. Exams are received and wait. Read them without AI.'],
    [device.diskFreePercent < lowDisk, 'The disk is nearly full.'],
  ];
  return [...own.filter(([holds]) => holds).map(([, text]) => text), ...device.conditions.map(conditionText)];
}

const pacsWords = { ok: 'ok', failing: 'FAILING', none: 'not configured' } as const;
const engineWords = {
  ok: 'ok',
  starting: 'starting',
  failing: 'FAILING',
  held: 'STOPPED',
} as const;

/** One line on how the device stands. */
export function deviceLine(device: DeviceView): MarkupElement {
  const { lastScannerMessageAt, now, outboxWaiting } = device;
  const scanner: Markup[] =
    lastScannerMessageAt === undefined ? ['none yet'] : [age(lastScannerMessageAt, now), ' ago'];
  const on = device.accelerator ? `, on ${device.accelerator}` : '';
  const temperature = device.hottest === undefined ? [] : [part('Hottest', `${device.hottest} °C`)];
  const waiting = outboxWaiting ? `, ${counted(outboxWaiting, 'object')} waiting` : '';
  return [
    'footer',
    { id: 'device' },
    part('Serial', visible(device.serial)),
    part('Scanner heard', ...scanner),
    part('Waiting for AI', device.queue ? counted(device.queue, 'exam') : 'none'),
    part('PACS', pacsWords[device.pacs] + waiting),
    part('AI', engineWords[device.engine] + on),
    ...temperature,
    part('Model', visible(device.model) || 'none'),
    part('Disk', device.diskFreePercent < lowDisk ? 'NEARLY FULL' : 'ok'),
  ];
}

function part(label: string, ...value: Markup[]): Markup {
  return ['span', {}, ['span', { class: 'label' }, `${label} `], ['b', {}, ...value]];
}
