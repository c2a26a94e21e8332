import { expect, test } from 'vitest';
import { redactConfiguration, redactLogLine, redactMetrics } from './redacted.ts';

test('of a configuration numbers, switches and words of closed lists are told, of other texts that they are set', () => {
  const destinations = [
    { protocol: 'dicom', host: 'pacs.clinic.example', port: 104, aeTitle: 'PACS', name: 'main' },
  ];
  const configuration = {
    dataFolder: '/var/lib/scanside',
    logLevel: 'info',
    device: { name: 'Bay of Dr. Canary', serial: 'SC-0042', utcOffsetMinutes: 60 },
    spool: { encryption: true },
    destinations,
    somethingNew: { secret: 'hunter2' },
  };
  expect(redactConfiguration(configuration)).toEqual({
    dataFolder: '(set)',
    logLevel: 'info',
    device: { name: '(set)', serial: '(set)', utcOffsetMinutes: 60 },
    spool: { encryption: true },
    destinations: [
      { protocol: 'dicom', host: '(set)', port: 104, aeTitle: '(set)', name: '(set)' },
    ],
    somethingNew: { secret: '(set)' },
  });
});

test('a text that only looks like one of a closed list is left out', () => {
  expect(redactConfiguration({ protocol: 'KANARIENVOGEL TWEETY' })).toEqual({ protocol: '(set)' });
});

test('of a log line the program’s own words stay', () => {
  const line = {
    level: 30,
    time: 1,
    msg: 'study erased',
    because: 'age',
    detail: '/data/CANARY^NAME',
    callingAeTitle: 'CT1',
    count: 3,
  };
  expect(redactLogLine(JSON.stringify(line))).toEqual({
    level: 30,
    time: 1,
    msg: 'study erased',
    because: 'age',
  });
  const odd = { msg: 'patient 4711 of 1.2.840.1', code: 'X^Y', level: 30 };
  expect(redactLogLine(JSON.stringify(odd))).toEqual({ level: 30 });
});

test.each(['', 'no JSON: CANARY', '"text"', '12', 'null'])('the line %s is none', (line) => {
  expect(redactLogLine(line)).toBeUndefined();
});

test('of metrics those that name a peer are left out', () => {
  const text = [
    '# HELP dicom_exams_total of CANARY',
    'dicom_exams_total{outcome="no-flag"} 1',
    'dicom_sent_total{destination="CANARYPACS"} 1',
    'dicom_odd{name="KANARIEN VOGEL"} 1',
    'process_seconds 1.5e-7',
  ].join('\n');
  expect(redactMetrics(text)).toEqual([
    'dicom_exams_total{outcome="no-flag"} 1',
    'process_seconds 1.5e-7',
  ]);
});
